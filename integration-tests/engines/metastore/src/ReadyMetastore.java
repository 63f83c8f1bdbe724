import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.apache.hadoop.hive.metastore.HiveMetaStore;

/** The stock Hive 4 metastore main, with a line on standard output once its port answers. Arguments: port, then its own. */
public final class ReadyMetastore {
  public static void main(String[] args) throws Throwable {
    WithParent.endsWithIt();
    int port = Integer.parseInt(args[0]);
    Thread t = new Thread(() -> {
      while (true) {
        try (Socket s = new Socket()) {
          s.connect(new InetSocketAddress("127.0.0.1", port), 200);
          System.out.println("READY " + port);
          System.out.flush();
          return;
        } catch (IOException e) {
          try { Thread.sleep(50); } catch (InterruptedException i) { return; }
        }
      }
    });
    t.setDaemon(true);
    t.start();
    String[] rest = new String[args.length + 1];
    rest[0] = "-p";
    System.arraycopy(args, 0, rest, 1, args.length);
    HiveMetaStore.main(rest);
  }
}
