/** Ends the process when its standard input does, which is when the process that started it has ended. */
final class WithParent {
  static void endsWithIt() {
    Thread t = new Thread(() -> {
      try {
        while (System.in.read() >= 0) {}
      } catch (java.io.IOException e) {
        // as good as an end
      }
      Runtime.getRuntime().halt(0);
    }, "with-parent");
    t.setDaemon(true);
    t.start();
  }
}
