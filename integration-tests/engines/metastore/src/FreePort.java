import java.net.InetAddress;
import java.net.ServerSocket;

/** Prints a port of 127.0.0.1 that is free now. */
public final class FreePort {
  public static void main(String[] args) throws Exception {
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      System.out.println(s.getLocalPort());
    }
  }
}
