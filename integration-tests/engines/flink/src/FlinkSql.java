import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * Flink SQL in this process, each job with a cluster of its own. Arguments: the metastore's address, then settings key=value.
 *
 * <p>A statement runs in batch mode. `@stream` before it: in streaming mode, in a session of its own, and a job is left
 * running; `@stop` ends these and says how each had fared.
 */
public final class FlinkSql {
  private static final String[] LOCAL = {
    "parallelism.default=1",
    "taskmanager.numberOfTaskSlots=8",
    "taskmanager.memory.managed.size=64m",
    "taskmanager.memory.network.min=32m",
    "taskmanager.memory.network.max=32m",
    "rest.bind-address=127.0.0.1",
    "rest.bind-port=0",
    "jobmanager.bind-host=127.0.0.1",
    "taskmanager.bind-host=127.0.0.1",
    "execution.checkpointing.interval=500ms",
    "restart-strategy.type=none",
    "table.local-time-zone=UTC",
    "table.dml-sync=false",
  };

  private final TableEnvironment batch;
  private final TableEnvironment streaming;
  private final List<JobClient> running = new ArrayList<>();

  private FlinkSql(Configuration settings) {
    batch = session(settings, "batch");
    streaming = session(settings, "streaming");
  }

  private static TableEnvironment session(Configuration settings, String mode) {
    Configuration own = new Configuration(settings);
    own.setString("execution.runtime-mode", mode);
    return TableEnvironment.create(EnvironmentSettings.newInstance().withConfiguration(own).build());
  }

  public static void main(String[] args) throws Exception {
    PrintStream out = Statements.claimOutput();
    Configuration settings = new Configuration();
    for (String setting : LOCAL) {
      set(settings, setting);
    }
    for (int at = 1; at < args.length; at++) {
      set(settings, args[at]);
    }
    Statements.serve(new FlinkSql(settings)::run, out);
  }

  private static void set(Configuration settings, String setting) {
    int equals = setting.indexOf('=');
    settings.setString(setting.substring(0, equals), setting.substring(equals + 1));
  }

  private List<String> run(String statement) throws Exception {
    if (statement.equals("@stop")) {
      return stop();
    }
    boolean stays = statement.startsWith("@stream ");
    TableEnvironment session = stays ? streaming : batch;
    TableResult result = session.executeSql(stays ? statement.substring("@stream ".length()) : statement);
    JobClient job = result.getJobClient().orElse(null);
    if (stays) {
      if (job != null) {
        running.add(job);
      }
      return List.of();
    }
    boolean query = statement.stripLeading().regionMatches(true, 0, "SELECT", 0, "SELECT".length());
    if (job != null && !query) {
      result.await(300, TimeUnit.SECONDS);
      return List.of();
    }
    if (result.getResultKind() == ResultKind.SUCCESS) {
      return List.of();
    }
    List<String> rows = new ArrayList<>();
    try (CloseableIterator<Row> all = result.collect()) {
      while (all.hasNext()) {
        Row row = all.next();
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < row.getArity(); at++) {
          Statements.column(text, row.getField(at));
        }
        rows.add(text.toString());
      }
    }
    return rows;
  }

  private List<String> stop() throws Exception {
    List<String> states = new ArrayList<>();
    for (JobClient job : running) {
      JobStatus status;
      try {
        status = job.getJobStatus().get(20, TimeUnit.SECONDS);
      } catch (Exception gone) {
        // The cluster of a job that came to its end is gone.
        job.getJobExecutionResult().get(20, TimeUnit.SECONDS);
        status = JobStatus.FINISHED;
      }
      if (status == JobStatus.RUNNING) {
        job.cancel().get(20, TimeUnit.SECONDS);
      }
      states.add(status.toString());
    }
    running.clear();
    return states;
  }
}
