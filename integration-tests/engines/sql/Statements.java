import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers the statements that come on standard input, one line each, with one line of JSON each (README.md). */
final class Statements {
  /** An engine: the rows of a statement, as text. */
  interface Engine {
    List<String> run(String statement) throws Exception;
  }

  private Statements() {}

  /** What an engine prints itself goes to standard error from here on. Call it before the engine starts. */
  static PrintStream claimOutput() {
    System.setOut(System.err);
    return new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
  }

  /** Serves until standard input ends; does not return, as engines leave threads behind. */
  static void serve(Engine engine, PrintStream out) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    out.println("READY");
    out.flush();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      StringBuilder reply = new StringBuilder();
      try {
        reply.append("{\"rows\":[");
        String between = "";
        for (String row : engine.run(line)) {
          reply.append(between).append(quoted(row));
          between = ",";
        }
        reply.append("]}");
      } catch (Throwable failure) {
        StringBuilder messages = new StringBuilder();
        for (Throwable cause = failure; cause != null && messages.length() < 8000; cause = cause.getCause()) {
          messages.append(cause).append("; ");
        }
        reply.setLength(0);
        reply.append("{\"error\":").append(quoted(messages.toString())).append('}');
      }
      out.println(reply);
      out.flush();
    }
    Runtime.getRuntime().halt(0);
  }

  /** Columns of a row: text between bars. */
  static void column(StringBuilder row, Object value) {
    if (row.length() > 0) {
      row.append('|');
    }
    row.append(value == null ? "NULL" : value.toString());
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
