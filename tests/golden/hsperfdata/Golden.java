import java.util.*;
public class Golden {
  static List<byte[]> kept = new ArrayList<>();
  public static void main(String[] a) throws Exception {
    for (int i = 0; i < 30000; i++) { byte[] b = new byte[10000]; if (i % 40 == 0) kept.add(b); }
    System.gc();
    for (int i = 0; i < 500; i++) { byte[] b = new byte[10000]; }
    Thread.sleep(60000);
  }
}
