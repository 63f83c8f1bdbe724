import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Spark SQL in this process, with the catalog `paimon`. Arguments: the metastore's address, then settings key=value. */
public final class SparkSql {
  private static final String CATALOG = "spark.sql.catalog.paimon";

  private SparkSql() {}

  public static void main(String[] args) throws Exception {
    PrintStream out = Statements.claimOutput();
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[2]")
            .appName("sql")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.extensions", "org.apache.paimon.spark.extensions.PaimonSparkSessionExtensions")
            .config(CATALOG, "org.apache.paimon.spark.SparkCatalog")
            .config(CATALOG + ".metastore", "hive")
            .config(CATALOG + ".uri", args[0]);
    for (int at = 1; at < args.length; at++) {
      int equals = args[at].indexOf('=');
      builder.config(args[at].substring(0, equals), args[at].substring(equals + 1));
    }
    SparkSession spark = builder.getOrCreate();
    Statements.serve(statement -> run(spark, statement), out);
  }

  private static List<String> run(SparkSession spark, String statement) {
    List<String> rows = new ArrayList<>();
    for (Row row : spark.sql(statement).collectAsList()) {
      StringBuilder text = new StringBuilder();
      for (int at = 0; at < row.length(); at++) {
        Statements.column(text, row.get(at));
      }
      rows.add(text.toString());
    }
    return rows;
  }
}
