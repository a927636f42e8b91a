// SPDX-License-Identifier: MIT
// A heap that fills up: every request allocates and forgets, as requests do; sick, each leaves a little behind. The collector comes more and more often and frees
// less and less, until java.lang.OutOfMemoryError ("crash"). Says what is true in the same lines as the lab's C programs (fault.h).
// usage: java -Xmx64m GcSpiral REST_S SICK_S LIVE_MIB GARBAGE_MIB_S LEAK_MIB_S
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

public class GcSpiral {
    private static final int OBJECT_BYTES = 2048;
    private static final double STEP_S = 0.02; // of the requests
    private static final double MIB = 1048576;

    private static void say(String word) {
        System.out.printf(Locale.ROOT, "%.6f %s%n", System.currentTimeMillis() / 1000.0, word);
        System.out.flush();
    }

    private static double now() {
        return System.nanoTime() * 1e-9;
    }

    public static void main(String[] args) throws InterruptedException {
        double rest = Double.parseDouble(args[0]), sick = Double.parseDouble(args[1]);
        int live = (int) (Double.parseDouble(args[2]) * MIB / OBJECT_BYTES);
        double garbage = Double.parseDouble(args[3]) * MIB / OBJECT_BYTES * STEP_S;
        double leak = Double.parseDouble(args[4]) * MIB / OBJECT_BYTES * STEP_S;
        Deque<byte[]> cache = new ArrayDeque<>();
        List<byte[]> leaked = new ArrayList<>();
        for (int i = 0; i < live; i++) {
            cache.add(new byte[OBJECT_BYTES]);
        }
        say("ready");
        double onset = now() + rest;
        try {
            serve(onset, sick, garbage, leak, cache, leaked);
            say("end");
        } catch (OutOfMemoryError e) {
            leaked.clear();
            say("crash");
            System.exit(3);
        }
    }

    // A step's requests: garbage objects die at once, one in ten goes through the cache and lives for a while.
    private static void serve(double onset, double sick, double garbage, double leak, Deque<byte[]> cache, List<byte[]> leaked)
            throws InterruptedException {
        boolean isSick = false;
        double owed = 0;
        int bytes = 0;
        while (now() < onset + sick) {
            double began = now();
            if (!isSick && began >= onset) {
                isSick = true;
                say("onset");
            }
            for (int i = 0; i < garbage; i++) {
                byte[] object = new byte[OBJECT_BYTES];
                bytes += object.length;
                if (i % 10 == 0) {
                    cache.add(object);
                    cache.remove();
                }
            }
            for (owed += isSick ? leak : 0; owed >= 1; owed--) {
                leaked.add(new byte[OBJECT_BYTES]);
            }
            double left = began + STEP_S - now();
            if (left > 0) {
                Thread.sleep((long) (left * 1000));
            }
        }
        if (bytes == 1) {
            say("never"); // the objects are used
        }
    }
}
