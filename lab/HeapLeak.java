// SPDX-License-Identifier: MIT
// A JVM whose collector gets into a spiral: it serves requests at a steady rate, each of which makes garbage; from a given second on a
// part of what it makes is never let go. The heap fills, collections come ever more often and free ever less, until the memory is out.
//
// java -Xmx96m HeapLeak [HEALTHY_SECONDS [LEAK_SECONDS [ROOM_MIB]]]: healthy for so long, then the room of ROOM_MIB (default 80) leaks
// full within LEAK_SECONDS. With 0 for LEAK_SECONDS it stays healthy. Prints one line when the memory is out, and ends with 3.
import java.util.ArrayList;
import java.util.List;

public final class HeapLeak {
    private static final int REQUESTS_PER_S = 500;
    private static final int REQUEST_BYTES = 160_000;
    private static final int BASE_BYTES = 20 << 20;
    private static final int PIECE_BYTES = 8_192;

    private volatile byte[] shown;
    private final List<byte[]> kept = new ArrayList<>();

    private void keep(long bytes) {
        for (long n = 0; n < bytes; n += PIECE_BYTES) {
            kept.add(new byte[PIECE_BYTES]);
        }
    }

    // A request's garbage, in small pieces, so that none of it goes straight to the old generation. It is shown to everybody, or the
    // compiler would see that nobody needs it and make none.
    private void serve() {
        for (int n = 0; n < REQUEST_BYTES; n += 1_000) {
            shown = new byte[1_000];
        }
    }

    private void run(long healthyS, long leakS, long roomBytes) throws InterruptedException {
        final long begin = System.nanoTime();
        keep(BASE_BYTES);
        long leaked = 0;
        long served = 0;
        for (;;) {
            final double age = (System.nanoTime() - begin) * 1e-9;
            for (; served < age * REQUESTS_PER_S; served++) {
                serve();
            }
            if (leakS > 0 && age > healthyS) {
                final long due = (long) ((age - healthyS) / leakS * (roomBytes - BASE_BYTES));
                for (; leaked + PIECE_BYTES <= due; leaked += PIECE_BYTES) {
                    keep(PIECE_BYTES);
                }
            }
            Thread.sleep(10);
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        final long healthyS = arguments.length > 0 ? Long.parseLong(arguments[0]) : 150;
        final long leakS = arguments.length > 1 ? Long.parseLong(arguments[1]) : 300;
        final long roomBytes = (arguments.length > 2 ? Long.parseLong(arguments[2]) : 80) << 20;
        final HeapLeak spiral = new HeapLeak();
        try {
            spiral.run(healthyS, leakS, roomBytes);
        } catch (OutOfMemoryError e) {
            spiral.kept.clear();
            System.out.println("out of memory");
            System.exit(3);
        }
    }
}
