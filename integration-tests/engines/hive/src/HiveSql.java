import java.io.File;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.ql.Driver;
import org.apache.hadoop.hive.ql.processors.CommandProcessorResponse;
import org.apache.hadoop.hive.ql.session.SessionState;

/** Hive 3.1's driver in this process, with local MapReduce. Arguments: the metastore's address, then settings key=value. */
public final class HiveSql {
  /** Settings of a Hive that has no cluster, no locks of its own and no statistics. */
  private static final String[] LOCAL = {
    "fs.defaultFS=file:///",
    "mapreduce.framework.name=local",
    "hive.execution.engine=mr",
    "hive.exec.mode.local.auto=true",
    "hive.fetch.task.conversion=more",
    "hive.cbo.enable=false",
    "hive.stats.autogather=false",
    "hive.compute.query.using.stats=false",
    "hive.support.concurrency=false",
    "hive.session.silent=true",
  };

  /** Settings that are directories below the working directory. */
  private static final String[] DIRECTORIES = {
    "hadoop.tmp.dir", "hive.exec.scratchdir", "hive.exec.local.scratchdir", "hive.downloaded.resources.dir", "hive.querylog.location",
    "hive.metastore.warehouse.dir",
  };

  private HiveSql() {}

  public static void main(String[] args) throws Exception {
    // Hive casts its loader of classes to one that Java no longer starts with.
    if (!(HiveSql.class.getClassLoader() instanceof URLClassLoader)) {
      List<URL> urls = new ArrayList<>();
      for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
        urls.add(new File(part).toURI().toURL());
      }
      ClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
      Thread.currentThread().setContextClassLoader(loader);
      loader.loadClass("HiveSql").getMethod("main", String[].class).invoke(null, (Object) args);
      return;
    }
    PrintStream out = Statements.claimOutput();
    HiveConf conf = new HiveConf(SessionState.class);
    for (String setting : LOCAL) {
      set(conf, setting);
    }
    for (String directory : DIRECTORIES) {
      conf.set(directory, Path.of(directory).toAbsolutePath().toString());
    }
    conf.set("hive.metastore.uris", args[0]);
    for (int at = 1; at < args.length; at++) {
      set(conf, args[at]);
    }
    SessionState.start(new SessionState(conf, "hive"));
    Statements.serve(statement -> run(conf, statement), out);
  }

  private static List<String> run(HiveConf conf, String statement) throws Exception {
    Driver driver = new Driver(conf);
    CommandProcessorResponse response = driver.run(statement);
    if (response.getResponseCode() != 0) {
      throw new IllegalStateException(response.getErrorMessage(), response.getException());
    }
    List<String> rows = new ArrayList<>();
    List<String> some = new ArrayList<>();
    while (driver.getResults(some)) {
      some.forEach(row -> rows.add(row.replace('\t', '|')));
      some.clear();
    }
    driver.close();
    return rows;
  }

  private static void set(HiveConf conf, String setting) {
    int equals = setting.indexOf('=');
    conf.set(setting.substring(0, equals), setting.substring(equals + 1));
  }
}
