package rimon;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** Generates the fixture matrix: {@code Fixtures ROOT [NAME_PART]}, {@code ROOT --adopt PREFIX VERSION}, {@code ROOT --catalogue FILE}. */
public final class Fixtures {
  private final Oracle oracle = new Oracle();
  private final Path root;
  private final String only;
  private final TreeMap<String, String> refused = new TreeMap<>();
  private int made;

  private Fixtures(Path root, String only) {
    this.root = root;
    this.only = only;
  }

  public static void main(String[] argv) throws Exception {
    if (argv.length > 2 && argv[1].equals("--adopt")) {
      adopt(Paths.get(argv[0]), argv[2], argv.length > 3 ? argv[3] : null);
      return;
    }
    if (argv.length > 2 && argv[1].equals("--catalogue")) {
      Catalogue.write(Paths.get(argv[0]), Paths.get(argv[2]));
      return;
    }
    Fixtures f = new Fixtures(Paths.get(argv[0]), argv.length > 1 ? argv[1] : null);
    Files.createDirectories(f.root);
    f.append();
    f.keyed();
    f.engines();
    f.evolution();
    f.indexes();
    f.history();
    f.modern();
    System.out.println(f.made + " made, " + f.refused.size() + " refused");
    if (f.only == null) {
      StringBuilder b = new StringBuilder();
      for (var e : f.refused.entrySet()) b.append("{\"name\":").append(Values.quote(e.getKey())).append(",").append(e.getValue().substring(1)).append('\n');
      Files.write(f.root.resolve("refused.jsonl"), b.toString().getBytes(StandardCharsets.UTF_8));
    }
    f.oracle.close();
    Runtime.getRuntime().halt(0);
  }

  /** Writes expected files for tables made by another program: every folder of ROOT whose name starts with PREFIX. */
  private static void adopt(Path root, String prefix, String writer) throws Exception {
    Oracle oracle = new Oracle();
    java.util.List<Path> dirs = new java.util.ArrayList<>();
    try (java.util.stream.Stream<Path> l = Files.list(root)) {
      l.filter(p -> p.getFileName().toString().startsWith(prefix)).sorted().forEach(dirs::add);
    }
    for (Path d : dirs) {
      String name = d.getFileName().toString();
      Fixture f = new Fixture(oracle, root, name, name.substring(prefix.length()).replace('_', ' ') + ", written by an old release");
      f.writer = writer;
      f.changelog = name.contains("changelog") || name.contains("first_row");
      try {
        f.finish();
        System.out.println("adopted " + name);
      } catch (Throwable e) {
        System.out.println("REFUSED " + name + " " + Oracle.error(e));
      }
    }
    oracle.close();
    Runtime.getRuntime().halt(0);
  }

  private void fixture(String name, String covers, Fixture.Body body) {
    if (only != null && !name.matches(".*(" + only + ").*")) return;
    long t0 = System.nanoTime();
    String error = Fixture.make(oracle, root, name, covers, body);
    System.out.println((error == null ? "made    " : "REFUSED ") + name + " " + (System.nanoTime() - t0) / 1_000_000 + " ms" + (error == null ? "" : " " + error));
    if (error == null) made++;
    else refused.put(name, error.replace(root.toAbsolutePath().toString(), "{root}"));
  }

  static String rows(int from, int to, IntFunction<String> f) {
    StringBuilder b = new StringBuilder();
    for (int i = from; i < to; i++) b.append(f.apply(i)).append('\n');
    return b.toString();
  }

  static String s(String f, Object... a) {
    return String.format(java.util.Locale.ROOT, f, a);
  }

  // ------------------------------------------------------------------ append tables

  static final String SCALARS =
      "id INT; c_bool BOOLEAN; c_tiny TINYINT; c_small SMALLINT; c_int INT; c_big BIGINT; c_float FLOAT; c_double DOUBLE;"
          + "c_dec9 DECIMAL(9,2); c_dec18 DECIMAL(18,4); c_dec38 DECIMAL(38,18); c_dec20 DECIMAL(20,0); c_char CHAR(5); c_varchar VARCHAR(20);"
          + "c_str STRING; c_bin BINARY(4); c_varbin VARBINARY(10); c_bytes BYTES; c_date DATE; c_time0 TIME(0); c_time3 TIME(3);"
          + "c_ts0 TIMESTAMP(0); c_ts3 TIMESTAMP(3); c_ts6 TIMESTAMP(6); c_ltz0 TIMESTAMP_LTZ(0); c_ltz3 TIMESTAMP_LTZ(3); c_ltz6 TIMESTAMP_LTZ(6)";
  static final String NANOS = "; c_ts9 TIMESTAMP(9); c_ltz9 TIMESTAMP_LTZ(9)";

  static String scalarRows(boolean nanos) {
    String min =
        "{'id':1,'c_bool':false,'c_tiny':-128,'c_small':-32768,'c_int':-2147483648,'c_big':-9223372036854775808,'c_float':'-3.4028235E38','c_double':'-1.7976931348623157E308',"
            + "'c_dec9':'-9999999.99','c_dec18':'-99999999999999.9999','c_dec38':'-99999999999999999999.999999999999999999','c_dec20':'-99999999999999999999','c_char':'','c_varchar':'','c_str':'',"
            + "'c_bin':'00000000','c_varbin':'','c_bytes':'','c_date':'0001-01-01','c_time0':'00:00:00','c_time3':'00:00:00.000','c_ts0':'1583-01-01T00:00:00','c_ts3':'1583-01-01T00:00:00.001','c_ts6':'1583-01-01T00:00:00.000001',"
            + "'c_ltz0':'1583-01-01T00:00:00Z','c_ltz3':'1583-01-01T00:00:00.001Z','c_ltz6':'1583-01-01T00:00:00.000001Z'" + (nanos ? ",'c_ts9':'1700-01-01T00:00:00.000000001','c_ltz9':'1700-01-01T00:00:00.000000001Z'" : "") + "}\n";
    String max =
        "{'id':2,'c_bool':true,'c_tiny':127,'c_small':32767,'c_int':2147483647,'c_big':9223372036854775807,'c_float':'3.4028235E38','c_double':'1.7976931348623157E308',"
            + "'c_dec9':'9999999.99','c_dec18':'99999999999999.9999','c_dec38':'99999999999999999999.999999999999999999','c_dec20':'99999999999999999999','c_char':'abcde','c_varchar':'abcdefghijklmnopqrst','c_str':'line\\nbreak\\ttab \\u0001 quote \\\" back\\\\slash',"
            + "'c_bin':'ffffffff','c_varbin':'ffffffffffffffffffff','c_bytes':'00ff00ff7f80','c_date':'9999-12-31','c_time0':'23:59:59','c_time3':'23:59:59.999','c_ts0':'9999-12-31T23:59:59','c_ts3':'9999-12-31T23:59:59.999','c_ts6':'9999-12-31T23:59:59.999999',"
            + "'c_ltz0':'9999-12-31T23:59:59Z','c_ltz3':'9999-12-31T23:59:59.999Z','c_ltz6':'9999-12-31T23:59:59.999999Z'" + (nanos ? ",'c_ts9':'2200-12-31T23:59:59.999999999','c_ltz9':'2200-12-31T23:59:59.999999999Z'" : "") + "}\n";
    String odd =
        "{'id':3}\n{'id':4,'c_float':'NaN','c_double':'NaN','c_str':'ünïcødé 漢字 😀','c_varchar':'漢字😀','c_char':'é'}\n"
            + "{'id':5,'c_float':'-0.0','c_double':'-0.0','c_date':'1969-12-31','c_ts3':'1969-12-31T23:59:59.999','c_ts6':'1969-12-31T23:59:59.999999','c_ltz6':'1969-12-31T23:59:59.999999Z'" + (nanos ? ",'c_ts9':'1969-12-31T23:59:59.999999999'" : "") + "}\n"
            + "{'id':6,'c_float':'inf','c_double':'inf','c_dec9':'0.00','c_dec18':'-0.0001','c_dec38':'0.000000000000000001','c_dec20':'0','c_str':' ','c_char':'ab   '}\n"
            + "{'id':7,'c_float':'-inf','c_double':'-inf','c_float':'1.4E-45','c_double':'4.9E-324','c_date':'1970-01-01','c_ts0':'1970-01-01T00:00:00'}\n"
            + "{'id':8,'c_float':'0.1','c_double':'0.1','c_date':'1960-02-29','c_date':'2024-02-29','c_time3':'12:34:56.789','c_time0':'12:34:56'}\n";
    return min + max + odd
        + rows(9, 40, i -> i % 5 == 0 ? s("{'id':%d}", i)
            : s("{'id':%d,'c_bool':%b,'c_tiny':%d,'c_small':%d,'c_int':%d,'c_big':%d,'c_float':%s,'c_double':%s,'c_dec9':'%d.25','c_dec18':'%d.1234','c_dec38':'%d.000000000000000%03d','c_dec20':'%d','c_char':'c%d','c_varchar':'v%d','c_str':'str-%d',"
                + "'c_bin':'%08x','c_varbin':'%04x','c_bytes':'%06x','c_date':'%s','c_time3':'%02d:%02d:01.%03d','c_ts3':'2024-01-01T00:00:%02d.%03d','c_ts6':'2024-01-01T00:00:%02d.%06d','c_ltz3':'2024-06-01T10:00:%02d.%03dZ','c_ltz6':'2024-06-01T10:00:%02d.%06dZ'%s}",
                i, i % 2 == 0, i - 20, i * 300 - 5000, i * 1000003, i * 10000000019L, i * 0.5f - 3, i * 1.1e-3, i * 7, -i * 99L, i * 12345678901L, i, i * 1234567890123L, i, i, i, i, i, i,
                java.time.LocalDate.of(1965, 3, 1).plusDays(i * 97), i % 24, i, i, i, i, i, i, i, i, i, i, nanos ? s(",'c_ts9':'2024-01-01T00:00:00.%09d'", i * 1111) : ""));
  }

  static final String NESTED =
      "id INT; a ARRAY<INT>; a2 ARRAY<ARRAY<STRING>>; m MAP<STRING, BIGINT>; mi MAP<INT, DECIMAL(10,2)>; r ROW<x INT, y STRING, z ROW<p DOUBLE, q ARRAY<INT>>>;"
          + "ar ARRAY<ROW<k STRING, v MAP<STRING, ARRAY<INT>>>>; mr MAP<STRING, ROW<a INT, b TIMESTAMP(3)>>; an ARRAY<INT NOT NULL>; ad ARRAY<DATE>; at ARRAY<TIMESTAMP(6)>; ab ARRAY<BYTES>";

  static String nestedRows() {
    return "{'id':1,'a':[1,null,3],'a2':[['x',null],[],null],'m':[['k',1],['z',null]],'mi':[[1,'1.50'],[-2,'-0.01']],'r':{'x':1,'y':'s','z':{'p':'1.5','q':[1,null]}},"
        + "'ar':[{'k':'a','v':[['m',[1,2]],['n',null]]},null,{'k':null,'v':[]}],'mr':[['k',{'a':1,'b':'2024-01-01T00:00:00.123'}],['n',null]],'an':[1,2],'ad':['1969-12-31',null],'at':['2024-01-01T00:00:00.000001'],'ab':['00ff','']}\n"
        + "{'id':2,'a':[],'a2':[],'m':[],'mi':[],'r':{'x':null,'y':null,'z':null},'ar':[],'mr':[],'an':[],'ad':[],'at':[],'ab':[]}\n"
        + "{'id':3}\n{'id':4,'r':{'x':4,'y':'','z':{'p':null,'q':null}},'a':[null],'a2':[null]}\n"
        + rows(5, 30, i -> s("{'id':%d,'a':[%d,%d],'a2':[['a%d'],['b','c%d']],'m':[['k%d',%d],['same',1]],'mi':[[%d,'%d.25']],'r':{'x':%d,'y':'y%d','z':{'p':'%s','q':[%d]}},'ar':[{'k':'k%d','v':[['v',[%d]]]}],'mr':[['k',{'a':%d,'b':'2024-01-01T00:00:%02d'}]],'an':[%d]}",
            i, i, i + 1, i, i, i, i, i, i, i, i, i * 0.5, i, i, i, i, i, i));
  }

  private void append() {
    for (String fmt : Arrays.asList("parquet", "orc", "avro")) {
      boolean nanos = !fmt.equals("avro");
      fixture("append_scalars_" + fmt, "append table, bucket -1, every scalar type with edge values, " + fmt, f -> {
        f.create(SCALARS + (nanos ? NANOS : ""), null, null, "file.format", fmt);
        f.write(scalarRows(nanos));
      });
      fixture("append_nested_" + fmt, "append table, nested types, " + fmt, f -> {
        f.create(NESTED, null, null, "file.format", fmt);
        f.write(nestedRows());
      });
      fixture("append_two_files_" + fmt, "append table, several files and a compaction, " + fmt, f -> {
        f.create("id INT; v STRING; d DOUBLE", null, null, "file.format", fmt);
        for (int c = 0; c < 6; c++) {
          int x = c;
          f.write(rows(c * 10, c * 10 + 10, i -> s("{'id':%d,'v':'v%d','d':%d.5}", i, x, i)));
        }
        f.op("{'cmd':'compact'}");
        f.write(rows(60, 65, i -> s("{'id':%d,'v':'after'}", i)));
      });
    }
    fixture("append_multiset", "multiset column", f -> {
      f.create("id INT; ms MULTISET<STRING>", null, null);
      f.write("{'id':1,'ms':[['a',2],['b',1]]}\n{'id':2,'ms':[]}\n{'id':3}");
    });
    fixture("append_time_all_precisions", "time and timestamp columns at each precision 0 to 9, parquet", f -> {
      StringBuilder c = new StringBuilder("id INT");
      for (int p = 0; p <= 9; p++) c.append("; ts").append(p).append(" TIMESTAMP(").append(p).append("); l").append(p).append(" TIMESTAMP_LTZ(").append(p).append(")");
      for (int p = 0; p <= 3; p++) c.append("; t").append(p).append(" TIME(").append(p).append(")");
      f.create(c.toString(), null, null);
      f.write(rows(0, 12, i -> {
        StringBuilder b = new StringBuilder(s("{'id':%d", i));
        for (int p = 0; p <= 9; p++) {
          String frac = p == 0 ? "" : "." + s("%09d", (i * 98765432L + 123456789L) % 1000000000L).substring(0, p);
          b.append(s(",'ts%d':'%d-05-06T07:08:%02d%s','l%d':'%d-05-06T07:08:%02d%sZ'", p, 1950 + i * 9, i, frac, p, 1950 + i * 9, i, frac));
        }
        for (int p = 0; p <= 3; p++) b.append(s(",'t%d':'01:02:%02d%s'", p, i, p == 0 ? "" : "." + s("%03d", i * 80).substring(0, p)));
        return b.append("}").toString();
      }));
    });
    fixture("append_old_dates", "dates and timestamps before the Gregorian cut-over, parquet", f -> {
      f.create("id INT; d DATE; ts TIMESTAMP(6); ltz TIMESTAMP_LTZ(3)", null, null);
      f.write("{'id':1,'d':'1582-10-04','ts':'1582-10-04T00:00:00','ltz':'1582-10-04T00:00:00Z'}\n{'id':2,'d':'1582-10-15','ts':'1582-10-15T00:00:00'}\n{'id':3,'d':'0001-01-01','ts':'0001-01-01T00:00:00','ltz':'0001-01-01T00:00:00Z'}");
    });
    fixture("append_old_dates_orc", "dates and timestamps before the Gregorian cut-over, orc", f -> {
      f.create("id INT; d DATE; ts TIMESTAMP(6); ltz TIMESTAMP_LTZ(3)", null, null, "file.format", "orc");
      f.write("{'id':1,'d':'1582-10-04','ts':'1582-10-04T00:00:00','ltz':'1582-10-04T00:00:00Z'}\n{'id':2,'d':'1582-10-15','ts':'1582-10-15T00:00:00'}\n{'id':3,'d':'0001-01-01','ts':'0001-01-01T00:00:00','ltz':'0001-01-01T00:00:00Z'}");
    });
    fixture("append_fixed_bucket", "append table with bucket=4 and a two-column bucket key", f -> {
      f.create("a INT; b STRING; v DOUBLE", null, null, "bucket", "4", "bucket-key", "a,b");
      f.write(rows(0, 40, i -> s("{'a':%d,'b':'b%d','v':%d.25}", i % 13, i, i)));
      f.write(rows(40, 60, i -> s("{'a':%d,'b':null,'v':%d.25}", i % 7, i)));
    });
    fixture("append_bucket_function_mod", "bucket-function.type=mod", f -> {
      f.create("a INT; v STRING", null, null, "bucket", "3", "bucket-key", "a", "bucket-function.type", "mod");
      f.write(rows(-10, 20, i -> s("{'a':%d,'v':'v%d'}", i, i)));
    });
    fixture("append_bucket_function_hive", "bucket-function.type=hive", f -> {
      f.create("a INT; s STRING; v STRING", null, null, "bucket", "3", "bucket-key", "a,s", "bucket-function.type", "hive");
      f.write(rows(-10, 20, i -> s("{'a':%d,'s':'k%d','v':'v%d'}", i, i, i)));
    });
    fixture("append_partition_escape", "string partitions: null, empty, blank, special characters, unicode", f -> {
      f.create("p STRING; id INT", null, "p");
      String[] v = {"'plain'", "null", "''", "'  '", "'a/b'", "'a=b'", "'a:b'", "'100%'", "'sp ace'", "'q\\\"uote'", "'hash#'", "'star*'", "'br{ac}e[s]^'", "'ümlaut 漢字'", "'back\\\\slash'", "'__DEFAULT_PARTITION__'", "'tab\\there'", "'.hidden'", "'q?x'"};
      f.write(rows(0, v.length, i -> s("{'id':%d,'p':%s}", i, v[i])));
    });
    fixture("append_partition_types", "partition columns of every allowed type (legacy names)", f -> {
      f.create("p_date DATE; p_int INT; p_bool BOOLEAN; p_dec DECIMAL(10,2); p_ts TIMESTAMP(3); p_big BIGINT; p_double DOUBLE; id INT", null, "p_date,p_int,p_bool,p_dec,p_ts,p_big,p_double");
      f.write("{'id':1,'p_date':'2024-01-02','p_int':-5,'p_bool':true,'p_dec':'1.50','p_ts':'2024-01-01T00:00:00','p_big':9223372036854775807,'p_double':1.5}\n{'id':2}\n{'id':3,'p_date':'1969-12-31','p_int':0,'p_bool':false,'p_dec':'-0.01','p_ts':'1969-12-31T23:59:59.999','p_big':0,'p_double':1e10}");
    });
    fixture("append_partition_types_new_names", "partition columns of every allowed type, partition.legacy-name=false", f -> {
      f.create("p_date DATE; p_int INT; p_bool BOOLEAN; p_dec DECIMAL(10,2); p_ts TIMESTAMP(3); p_big BIGINT; p_double DOUBLE; id INT", null, "p_date,p_int,p_bool,p_dec,p_ts,p_big,p_double", "partition.legacy-name", "false");
      f.write("{'id':1,'p_date':'2024-01-02','p_int':-5,'p_bool':true,'p_dec':'1.50','p_ts':'2024-01-01T00:00:00','p_big':9223372036854775807,'p_double':1.5}\n{'id':2}\n{'id':3,'p_date':'1969-12-31','p_int':0,'p_bool':false,'p_dec':'-0.01','p_ts':'1969-12-31T23:59:59.999','p_big':0,'p_double':1e10}");
    });
    fixture("append_partition_default_name", "partition.default-name changed", f -> {
      f.create("p STRING; id INT", null, "p", "partition.default-name", "nothing");
      f.write("{'id':1,'p':'x'}\n{'id':2}");
    });
    for (String c : Arrays.asList("zstd", "lz4", "snappy", "gzip", "none")) {
      fixture("append_parquet_" + c, "parquet with file.compression=" + c, f -> {
        f.create("id INT; v STRING", null, null, "file.compression", c);
        f.write(rows(0, 50, i -> s("{'id':%d,'v':'value %d'}", i, i % 3)));
      });
      String oc = c.equals("gzip") ? "zlib" : c;
      fixture("append_orc_" + oc, "orc with file.compression=" + oc, f -> {
        f.create("id INT; v STRING", null, null, "file.format", "orc", "file.compression", oc);
        f.write(rows(0, 50, i -> s("{'id':%d,'v':'value %d'}", i, i % 3)));
      });
    }
    for (String c : Arrays.asList("zstd", "snappy", "deflate", "bzip2", "xz", "null", "none")) {
      fixture("append_avro_" + c, "avro with file.compression=" + c, f -> {
        f.create("id INT; v STRING", null, null, "file.format", "avro", "file.compression", c);
        f.write(rows(0, 50, i -> s("{'id':%d,'v':'value %d'}", i, i % 3)));
      });
    }
    fixture("append_suffix_compression", "file.suffix.include.compression=true, data-file.prefix, data-file.path-directory", f -> {
      f.create("p STRING; id INT", null, "p", "file.suffix.include.compression", "true", "data-file.prefix", "part-", "data-file.path-directory", "data");
      f.write("{'id':1,'p':'x'}\n{'id':2,'p':'y'}");
    });
    fixture("append_parquet_no_dictionary", "parquet without dictionary, tiny pages and row groups", f -> {
      f.create("id INT; v STRING; n ARRAY<INT>", null, null, "parquet.enable.dictionary", "false", "parquet.page.size", "256", "file.block-size", "2 kb");
      f.write(rows(0, 400, i -> s("{'id':%d,'v':'%s','n':[%d,%d]}", i, "x".repeat(i % 17), i, i + 1)));
    });
    for (String fmt : Arrays.asList("csv", "json", "text")) {
      fixture("append_format_" + fmt, "append table with file.format=" + fmt, f -> {
        f.create(fmt.equals("text") ? "v STRING" : "id INT; v STRING; d DATE", null, null, "file.format", fmt, "file.compression", "none");
        f.write(fmt.equals("text") ? "{'v':'one'}\n{'v':'two'}" : "{'id':1,'v':'a,b','d':'2024-01-01'}\n{'id':2}");
      });
    }
    for (String fmt : Arrays.asList("orc", "parquet")) {
      fixture("append_manifest_" + fmt, "manifest.format=" + fmt, f -> {
        f.create("p INT; id INT; v STRING", null, "p", "manifest.format", fmt);
        f.write("{'p':1,'id':1,'v':'a'}\n{'p':2,'id':2}");
        f.write("{'p':1,'id':3,'v':'c'}");
      });
    }
    for (String c : Arrays.asList("zstd", "snappy", "null", "deflate", "none")) {
      fixture("append_manifest_compression_" + c, "manifest.compression=" + c, f -> {
        f.create("id INT; v STRING", null, null, "manifest.compression", c);
        f.write("{'id':1,'v':'a'}\n{'id':2}");
      });
    }
    fixture("append_manifest_merge", "many small commits with manifest merging, and a manifest compaction", f -> {
      f.create("p INT; id INT", null, "p", "manifest.merge-min-count", "5", "manifest.full-compaction-threshold-size", "2 kb", "manifest.target-file-size", "4 kb");
      for (int i = 0; i < 16; i++) f.write(s("{'p':%d,'id':%d}", i % 3, i));
      f.op("{'cmd':'compact-manifest'}");
      f.write("{'p':9,'id':99}");
    });
    for (String m : Arrays.asList("none", "counts", "full", "truncate(4)")) {
      fixture("append_stats_" + m.replaceAll("[()]", ""), "metadata.stats-mode=" + m, f -> {
        f.create("id INT; v STRING; b BYTES; d DECIMAL(20,3); a ARRAY<INT>", null, null, "metadata.stats-mode", m);
        f.write("{'id':1,'v':'abcdefghijklmnopqrstuvwxyz','b':'0102','d':'1.5','a':[1]}\n{'id':2,'v':'zzzzzzzzzz','d':'-3.25'}\n{'id':3}");
      });
    }
    fixture("append_stats_dense_off", "metadata.stats-dense-store=false and per-field stats modes", f -> {
      f.create("id INT; v STRING; w STRING; x STRING", null, null, "metadata.stats-dense-store", "false", "fields.v.stats-mode", "full", "fields.w.stats-mode", "none", "fields.x.stats-mode", "counts");
      f.write("{'id':1,'v':'abcdefghijklmnopqrstuvwxyz','w':'b','x':'c'}\n{'id':2}");
    });
    fixture("append_stats_keep_first", "metadata.stats-keep-first-n-columns=1", f -> {
      f.create("id INT; v STRING; w STRING", null, null, "metadata.stats-keep-first-n-columns", "1");
      f.write("{'id':1,'v':'a','w':'b'}\n{'id':2}");
    });
    fixture("append_empty", "created, never written", f -> f.create("id INT; v STRING", null, null));
    fixture("append_empty_commits", "commits without data (snapshot.ignore-empty-commit=false)", f -> {
      f.create("id INT", null, null, "snapshot.ignore-empty-commit", "false");
      f.write("{'force_commit':true}", "");
      f.write("{'id':1}");
      f.write("{'force_commit':true,'commit_user':'u1','commit_id':7}", "");
    });
    fixture("append_wide", "120 columns", f -> {
      StringBuilder c = new StringBuilder("c0 INT");
      for (int i = 1; i < 120; i++) c.append("; c").append(i).append(i % 3 == 0 ? " STRING" : i % 3 == 1 ? " DOUBLE" : " BIGINT");
      f.create(c.toString(), null, null);
      f.write(rows(0, 10, i -> {
        StringBuilder b = new StringBuilder("{'c0':" + i);
        for (int j = 1; j < 120; j++) if ((i + j) % 4 != 0) b.append(s(",'c%d':%s", j, j % 3 == 0 ? "'s" + i + "'" : "" + (i * j)));
        return b.append("}").toString();
      }));
    });
    fixture("append_names", "column names with spaces, unicode, upper case and keywords", f -> {
      f.op("{'cmd':'create','spec':{'columns':[{'name':'Id','type':'INT'},{'name':'with space','type':'STRING','comment':'a comment'},{'name':'ünï','type':'INT'},{'name':'select','type':'STRING'},{'name':'a.b','type':'INT'},{'name':'1x','type':'INT'}],'options':{}}}");
      f.write("{'Id':1,'with space':'a','ünï':2,'select':'b','a.b':3,'1x':4}");
    });
  }

  // ------------------------------------------------------------------ primary keys, buckets, layout

  private static final String KV = "id BIGINT NOT NULL; v STRING; n INT";

  private static String kv(int from, int to, String v) {
    return rows(from, to, i -> s("{'id':%d,'v':'%s%d','n':%d}", i, v, i, i * 3 % 11));
  }

  private void keyed() {
    for (String fmt : Arrays.asList("parquet", "orc", "avro")) {
      fixture("pk_scalars_" + fmt, "primary-key table with all scalar types, overlapping runs, " + fmt, f -> {
        boolean nanos = !fmt.equals("avro");
        f.create(SCALARS.replace("id INT", "id INT NOT NULL") + (nanos ? NANOS : ""), "id", null, "bucket", "2", "file.format", fmt, "write-only", "true");
        f.write(scalarRows(nanos));
        f.write("{'id':1,'c_str':'changed'}\n{'_kind':'-D','id':2}\n{'id':100,'c_double':'NaN'}");
      });
      fixture("pk_nested_" + fmt, "primary-key table with nested types, overlapping runs, " + fmt, f -> {
        f.create(NESTED.replace("id INT", "id INT NOT NULL"), "id", null, "bucket", "1", "file.format", fmt, "write-only", "true");
        f.write(nestedRows());
        f.write("{'id':3,'a':[9],'r':{'x':9,'y':'changed','z':null}}\n{'_kind':'-D','id':4}");
      });
    }
    String[][] keys = {
      {"string", "k STRING NOT NULL; v INT", "k", "''", "'a'", "'b'", "'ab'", "'Z'", "'漢字'", "'a longer key than eight bytes'", "'é'"},
      {"decimal", "k DECIMAL(10,2) NOT NULL; v INT", "k", "'0.00'", "'-1.50'", "'99999999.99'", "'1.50'", "'0.01'"},
      {"decimal38", "k DECIMAL(38,10) NOT NULL; v INT", "k", "'0'", "'-1.5'", "'9999999999999999999999999999.9999999999'", "'1.5'", "'0.0000000001'"},
      {"timestamp3", "k TIMESTAMP(3) NOT NULL; v INT", "k", "'1969-12-31T23:59:59.999'", "'1970-01-01T00:00:00'", "'2024-01-01T00:00:00.001'"},
      {"timestamp9", "k TIMESTAMP(9) NOT NULL; v INT", "k", "'1969-12-31T23:59:59.999999999'", "'1970-01-01T00:00:00'", "'2024-01-01T00:00:00.000000001'"},
      {"ltz6", "k TIMESTAMP_LTZ(6) NOT NULL; v INT", "k", "'1969-12-31T23:59:59.999999Z'", "'1970-01-01T00:00:00Z'", "'2024-01-01T00:00:00.000001Z'"},
      {"date", "k DATE NOT NULL; v INT", "k", "'1969-12-31'", "'2024-02-29'", "'0001-01-01'"},
      {"double", "k DOUBLE NOT NULL; v INT", "k", "'-0.0'", "'0.0'", "'NaN'", "'-inf'", "'inf'", "'1.5'"},
      {"float", "k FLOAT NOT NULL; v INT", "k", "'-0.0'", "'0.0'", "'NaN'", "'1.5'"},
      {"bytes", "k BYTES NOT NULL; v INT", "k", "''", "'00'", "'ff'", "'7f80'", "'000000000000000000'"},
      {"tinyint", "k TINYINT NOT NULL; v INT", "k", "-128", "0", "127"},
      {"boolean", "k BOOLEAN NOT NULL; v INT", "k", "true", "false"},
      {"time", "k TIME(3) NOT NULL; v INT", "k", "'00:00:00'", "'23:59:59.999'", "'12:00:00.5'"},
    };
    for (String[] k : keys) {
      fixture("pk_key_" + k[0], "primary key of type " + k[1].split(" ")[1] + ", order and hashing over 3 buckets", f -> {
        f.create(k[1], k[2], null, "bucket", "3");
        f.write(rows(3, k.length, i -> s("{'k':%s,'v':%d}", k[i], i)));
        f.write(s("{'k':%s,'v':-1}", k[3]));
        f.write("{'compact':'full'}", s("{'k':%s,'v':-2}", k[4]));
      });
    }
    fixture("pk_composite", "composite key over five types, not first in the schema, partitioned", f -> {
      f.create("v STRING; c STRING NOT NULL; p INT NOT NULL; b BIGINT NOT NULL; d DECIMAL(20,2) NOT NULL; t TIMESTAMP(6) NOT NULL", "c,p,b,d,t", "p", "bucket", "2");
      f.write(rows(0, 30, i -> s("{'v':'v%d','c':'c%d','p':%d,'b':%d,'d':'%d.50','t':'2024-01-01T00:00:00.%06d'}", i, i % 4, i % 3, i % 5, i % 2, i)));
      f.write(rows(0, 8, i -> s("{'v':'w%d','c':'c%d','p':%d,'b':%d,'d':'%d.50','t':'2024-01-01T00:00:00.%06d'}", i, i % 4, i % 3, i % 5, i % 2, i)));
    });
    fixture("pk_many_buckets", "8 buckets, several runs", f -> {
      f.create(KV, "id", null, "bucket", "8");
      f.write(kv(0, 100, "a"));
      f.write(kv(50, 70, "b"));
    });
    fixture("pk_bucket_key", "bucket-key is a part of the primary key", f -> {
      f.create("a INT NOT NULL; b INT NOT NULL; v STRING", "a,b", null, "bucket", "4", "bucket-key", "b");
      f.write(rows(0, 30, i -> s("{'a':%d,'b':%d,'v':'v%d'}", i, i % 6, i)));
    });
    fixture("pk_overlap", "many overlapping level-0 runs, never compacted", f -> {
      f.create(KV, "id", null, "bucket", "1", "write-only", "true");
      for (int c = 0; c < 8; c++) f.write(kv(c * 5, c * 5 + 20, "c" + c + "-"));
      f.write("{'_kind':'-D','id':10}\n{'_kind':'-D','id':11}\n{'_kind':'-D','id':999}");
    });
    fixture("pk_levels", "several levels: automatic compactions of growing runs", f -> {
      f.create(KV, "id", null, "bucket", "1", "num-sorted-run.compaction-trigger", "2", "num-levels", "5");
      for (int c = 0; c < 9; c++) f.write(kv(c * 40, c * 40 + (c % 3 == 0 ? 60 : 5), "c" + c + "-"));
    });
    fixture("pk_full_compact", "deletes dropped by a full compaction", f -> {
      f.create(KV, "id", null, "bucket", "2");
      f.write(kv(0, 30, "a"));
      f.write(rows(0, 10, i -> s("{'_kind':'-D','id':%d}", i)));
      f.op("{'cmd':'compact'}");
    });
    fixture("pk_all_deleted", "every row deleted", f -> {
      f.create(KV, "id", null, "bucket", "1");
      f.write(kv(0, 5, "a"));
      f.write(rows(0, 5, i -> s("{'_kind':'-D','id':%d}", i)));
    });
    fixture("pk_all_kinds", "+I, -U, +U, -D in one batch and across batches", f -> {
      f.create(KV, "id", null, "bucket", "1", "write-only", "true");
      f.write("{'id':1,'v':'a'}\n{'_kind':'-U','id':1,'v':'a'}\n{'_kind':'+U','id':1,'v':'b'}\n{'id':2,'v':'x'}\n{'_kind':'-D','id':2}\n{'id':3,'v':'y'}");
      f.write("{'_kind':'-U','id':3,'v':'y'}\n{'id':2,'v':'again'}");
      f.expect("raw", "expected.raw.jsonl", "{'raw_kinds':true}");
    });
    fixture("pk_dynamic", "dynamic bucket (-1), several buckets through a small target", f -> {
      f.create(KV, "id", null, "bucket", "-1", "dynamic-bucket.target-row-num", "10");
      f.write(kv(0, 35, "a"));
      f.write(kv(30, 50, "b"));
      f.write("{'_kind':'-D','id':3}");
    });
    fixture("pk_dynamic_partitioned", "dynamic bucket with partitions, max-buckets, initial-buckets", f -> {
      f.create("p STRING NOT NULL; id INT NOT NULL; v STRING", "p,id", "p", "bucket", "-1", "dynamic-bucket.target-row-num", "5", "dynamic-bucket.max-buckets", "3");
      f.write(rows(0, 60, i -> s("{'p':'p%d','id':%d,'v':'a%d'}", i % 2, i, i)));
      f.write(rows(0, 10, i -> s("{'p':'p%d','id':%d,'v':'b%d'}", i % 2, i, i)));
    });
    fixture("pk_cross_partition", "key without the partition column: rows move between partitions", f -> {
      f.create("p STRING; id INT NOT NULL; v STRING", "id", "p", "bucket", "-1");
      f.write(rows(0, 12, i -> s("{'p':'p%d','id':%d,'v':'a%d'}", i % 3, i, i)));
      f.write(rows(0, 5, i -> s("{'p':'moved','id':%d,'v':'b%d'}", i, i)));
    });
    fixture("pk_postpone_waiting", "postpone bucket (-2), not yet compacted: rows are not visible", f -> {
      f.create(KV, "id", null, "bucket", "-2");
      f.write(kv(0, 10, "a"));
      f.write("{'_kind':'-D','id':3}\n{'id':4,'v':'b'}");
    });
    fixture("pk_postpone_compacted", "postpone bucket (-2), one part compacted into buckets, one part waiting", f -> {
      f.create("p INT NOT NULL; id BIGINT NOT NULL; v STRING", "p,id", "p", "bucket", "-2");
      f.write(rows(0, 20, i -> s("{'p':%d,'id':%d,'v':'a%d'}", i % 2, i, i)));
      f.write(rows(0, 5, i -> s("{'p':%d,'id':%d,'v':'b%d'}", i % 2, i, i)));
      f.op("{'cmd':'compact','buckets':2}");
      f.write("{'p':0,'id':0,'v':'waiting'}\n{'p':7,'id':70,'v':'waiting'}");
    });
    fixture("pk_rescale", "partitions with different bucket counts (bucket option changed, one partition overwritten)", f -> {
      f.create("p INT NOT NULL; id INT NOT NULL; v STRING", "p,id", "p", "bucket", "2");
      f.write(rows(0, 20, i -> s("{'p':%d,'id':%d,'v':'a%d'}", i % 2, i, i)));
      f.alter("[{'op':'set-option','key':'bucket','value':'4'}]");
      f.write("{'overwrite':{'p':'1'}}", rows(0, 20, i -> s("{'p':1,'id':%d,'v':'b%d'}", i, i)));
      f.refuse("{'cmd':'write','rows':[{'p':0,'id':99,'v':'x'}]}");
    });
    for (String bm : Arrays.asList("v1", "v64")) {
      boolean wide = bm.equals("v64");
      fixture("pk_dv_" + bm, "deletion vectors on a primary-key table, " + (wide ? "64-bit bitmaps" : "32-bit bitmaps"), f -> {
        f.create(KV, "id", null, "bucket", "2", "deletion-vectors.enabled", "true", "deletion-vectors.bitmap64", "" + wide);
        f.write(kv(0, 40, "a"));
        f.write(kv(10, 20, "b"));
        f.write("{'_kind':'-D','id':0}\n{'_kind':'-D','id':39}");
        f.write(kv(60, 65, "c"));
      });
      fixture("pk_dv_partitioned_" + bm, "deletion vectors with partitions and lookup changelog", f -> {
        f.changelog = true;
        f.create("p INT NOT NULL; id INT NOT NULL; v STRING", "p,id", "p", "bucket", "1", "deletion-vectors.enabled", "true", "deletion-vectors.bitmap64", "" + wide, "changelog-producer", "lookup");
        f.write(rows(0, 20, i -> s("{'p':%d,'id':%d,'v':'a%d'}", i % 3, i, i)));
        f.write(rows(0, 9, i -> s("{'p':%d,'id':%d,'v':'b%d'}", i % 3, i, i)));
        f.write("{'_kind':'-D','p':0,'id':0}");
      });
      fixture("append_dv_" + bm, "append table with deletion vectors and a compaction, " + bm, f -> {
        f.create("id INT; v STRING", null, null, "deletion-vectors.enabled", "true", "deletion-vectors.bitmap64", "" + wide);
        f.write(rows(0, 50, i -> s("{'id':%d,'v':'a%d'}", i, i)));
        f.write(rows(50, 80, i -> s("{'id':%d,'v':'b%d'}", i, i)));
        f.op("{'cmd':'delete','filter':[['id','between',[5,9]]]}");
        f.op("{'cmd':'delete','filter':{'or':[['id','=',7],['id','=',60],['id','=',79]]}}");
      });
    }
    fixture("append_dv_partitioned", "append table with deletion vectors, partitions", f -> {
      f.create("p STRING; id INT", null, "p", "deletion-vectors.enabled", "true");
      f.write(rows(0, 30, i -> s("{'p':'p%d','id':%d}", i % 3, i)));
      f.op("{'cmd':'delete','filter':[['id','<',7]]}");
      f.op("{'cmd':'delete','filter':[['p','=','p1'],['id','>',20]]}");
    });
    fixture("append_dv_bucketed", "append table with deletion vectors, fixed buckets", f -> {
      f.create("id INT; v STRING", null, null, "deletion-vectors.enabled", "true", "bucket", "2", "bucket-key", "id");
      f.write(rows(0, 30, i -> s("{'id':%d,'v':'a%d'}", i, i)));
      f.op("{'cmd':'delete','filter':[['id','<',7]]}");
      f.op("{'cmd':'delete','filter':[['id','=',20]]}");
    });
    fixture("append_dv_compacted", "append table with deletion vectors, compacted away", f -> {
      f.create("id INT; v STRING", null, null, "deletion-vectors.enabled", "true");
      for (int c = 0; c < 3; c++) {
        int x = c;
        f.write(rows(c * 20, c * 20 + 20, i -> s("{'id':%d,'v':'a%d'}", i, x)));
      }
      f.op("{'cmd':'delete','filter':[['id','<',30]]}");
      f.op("{'cmd':'compact'}");
    });
    fixture("pk_dv_waiting_level0", "deletion vectors with a write-only writer: level 0 is invisible", f -> {
      f.create(KV, "id", null, "bucket", "1", "deletion-vectors.enabled", "true");
      f.write(kv(0, 10, "a"));
      f.write("{'options':{'write-only':'true'}}", kv(5, 15, "b"));
    });
    fixture("pk_dv_index_in_data_dir", "index-file-in-data-file-dir=true with deletion vectors", f -> {
      f.create(KV, "id", null, "bucket", "1", "deletion-vectors.enabled", "true", "index-file-in-data-file-dir", "true");
      f.write(kv(0, 10, "a"));
      f.write(kv(5, 8, "b"));
    });
    fixture("pk_thin_mode", "data-file.thin-mode=true, runs and levels", f -> {
      f.create("a INT NOT NULL; b STRING NOT NULL; v STRING", "a,b", null, "bucket", "1", "data-file.thin-mode", "true");
      f.write(rows(0, 20, i -> s("{'a':%d,'b':'b%d','v':'a%d'}", i, i % 3, i)));
      f.write(rows(5, 9, i -> s("{'a':%d,'b':'b%d','v':'c%d'}", i, i % 3, i)));
      f.op("{'cmd':'compact'}");
      f.write("{'options':{'write-only':'true'}}", rows(8, 12, i -> s("{'a':%d,'b':'b%d','v':'d%d'}", i, i % 3, i)));
    });
    fixture("pk_format_per_level", "file.format.per.level and file.compression.per.level", f -> {
      f.create(KV, "id", null, "bucket", "1", "file.format.per.level", "0:avro,4:orc", "file.compression.per.level", "0:snappy,4:lz4,5:zstd", "write-only", "true");
      f.write(kv(0, 20, "a"));
      f.op("{'cmd':'compact'}");
      f.write(kv(5, 10, "b"));
      f.write(kv(8, 12, "c"));
      f.op("{'cmd':'compact','mode':'minor'}");
      f.write(kv(11, 15, "d"));
    });
    fixture("pk_small_target_file", "many files in one level (target-file-size)", f -> {
      f.create(KV, "id", null, "bucket", "1", "target-file-size", "2 kb", "file.format", "avro", "file.compression", "null");
      f.write(kv(0, 600, "value-that-is-long-"));
      f.op("{'cmd':'compact'}");
      f.write("{'options':{'write-only':'true'}}", kv(100, 110, "b"));
    });
    fixture("pk_record_expire", "record-level.expire-time drops old rows", f -> {
      f.create("id INT NOT NULL; ts INT; v STRING", "id", null, "bucket", "1", "record-level.expire-time", "1 d", "record-level.time-field", "ts");
      f.write("{'id':1,'ts':1000,'v':'old'}\n{'id':2,'ts':2000000000,'v':'young'}\n{'id':3,'ts':2100000000,'v':'young'}");
      f.op("{'cmd':'compact'}");
      f.write("{'options':{'write-only':'true'}}", "{'id':4,'ts':2000,'v':'old, not compacted'}");
    });
    fixture("pk_local_merge_sequence_snapshot", "sequence numbers continue across writers", f -> {
      f.create(KV, "id", null, "bucket", "1", "write-only", "true");
      f.write("{'commit_user':'u1','commit_id':1}", kv(0, 5, "a"));
      f.write("{'commit_user':'u2','commit_id':1}", kv(3, 8, "b"));
      f.write("{'commit_user':'u1','commit_id':2}", kv(4, 6, "c"));
    });
    fixture("pk_ro", "read-optimised system table: only the top level", f -> {
      f.create(KV, "id", null, "bucket", "1", "write-only", "true");
      f.write(kv(0, 10, "a"));
      f.op("{'cmd':'compact'}");
      f.write(kv(5, 12, "b"));
      f.expect("ro", "expected.ro.jsonl", "{'table':'db.t$ro'}");
      f.expect("audit_log", "expected.audit_log.jsonl", "{'table':'db.t$audit_log'}");
    });
    fixture("pk_system_tables", "system tables of a partitioned table with tags, branches and consumers", f -> {
      f.create("p STRING NOT NULL; id INT NOT NULL; v STRING", "p,id", "p", "bucket", "2", "changelog-producer", "input");
      f.write("{'watermark':12345}", rows(0, 10, i -> s("{'p':'p%d','id':%d,'v':'a%d'}", i % 2, i, i)));
      f.alter("[{'op':'add-column','name':'w','type':'INT','comment':'added'},{'op':'table-comment','comment':'changed'}]");
      f.write(rows(0, 3, i -> s("{'_kind':'+U','p':'p%d','id':%d,'v':'b%d','w':%d}", i % 2, i, i, i)));
      f.op("{'cmd':'create-tag','name':'t1','snapshot':1}");
      f.op("{'cmd':'create-branch','name':'b1','tag':'t1'}");
      f.op("{'cmd':'consumer','name':'c1','next':2}");
      f.op("{'cmd':'analyze'}");
      for (String t : Arrays.asList("snapshots", "schemas", "options", "files", "manifests", "partitions", "buckets", "tags", "branches", "consumers", "audit_log", "binlog", "ro", "statistics", "aggregation_fields", "table_indexes", "file_key_ranges")) {
        try {
          f.expect("system " + t, "expected.sys-" + t + ".jsonl", "{'cmd':'system','table':'db.t$" + t + "'}");
        } catch (Exception e) {
          f.refused.add("{\"op\":{\"cmd\":\"system\",\"table\":\"db.t$" + t + "\"}," + Oracle.error(e).substring(1));
        }
      }
    });
  }

  // ------------------------------------------------------------------ merge engines and changelog producers

  private void producer(Fixture f, String cp) throws Exception {
    f.changelog = true;
    if (cp.equals("full-compaction")) f.op("{'cmd':'compact'}");
  }

  private void engines() {
    for (String cp : Arrays.asList("none", "input", "lookup", "full-compaction")) {
      String p = cp.replace('-', '_');
      fixture("pk_deduplicate_" + p, "merge-engine deduplicate, changelog-producer " + cp, f -> {
        f.create(KV, "id", null, "bucket", "2", "changelog-producer", cp);
        f.write(kv(0, 15, "a"));
        producer(f, cp);
        f.write("{'_kind':'-U','id':1,'v':'a1','n':3}\n{'_kind':'+U','id':1,'v':'b1','n':4}\n{'_kind':'-D','id':2,'v':'a2','n':6}\n{'id':20,'v':'b20','n':1}\n{'id':3,'v':'a3','n':9}");
        producer(f, cp);
        f.write("{'id':2,'v':'back','n':0}\n{'_kind':'-D','id':777}");
        producer(f, cp);
      });
      fixture("pk_partial_update_" + p, "merge-engine partial-update, changelog-producer " + cp, f -> {
        f.create("id INT NOT NULL; a INT; b STRING; c DOUBLE", "id", null, "bucket", "1", "merge-engine", "partial-update", "changelog-producer", cp);
        f.write("{'id':1,'a':1}\n{'id':2,'a':2,'b':'x'}\n{'id':3}");
        producer(f, cp);
        f.write("{'id':1,'b':'y'}\n{'id':2,'a':20}\n{'id':4,'c':1.5}");
        producer(f, cp);
        f.write("{'id':1,'c':2.5,'a':null}");
        producer(f, cp);
        if (cp.equals("lookup")) f.refuse("{'cmd':'write','rows':[{'_kind':'-D','id':1}]}");
      });
      fixture("pk_aggregation_" + p, "merge-engine aggregation (sum, max, listagg), changelog-producer " + cp, f -> {
        f.create("id INT NOT NULL; s BIGINT; m DOUBLE; l STRING; d STRING", "id", null, "bucket", "1", "merge-engine", "aggregation", "changelog-producer", cp,
            "fields.s.aggregate-function", "sum", "fields.m.aggregate-function", "max", "fields.l.aggregate-function", "listagg");
        f.write("{'id':1,'s':1,'m':1.5,'l':'a','d':'x'}\n{'id':2,'s':5}\n{'id':1,'s':2,'m':0.5,'l':'b'}");
        producer(f, cp);
        f.write("{'id':1,'s':10,'m':9.5,'l':'c','d':null}\n{'id':3,'l':'z'}");
        producer(f, cp);
        f.write("{'id':2,'s':null,'m':-1}\n{'id':3,'l':null,'s':7}");
        producer(f, cp);
      });
      fixture("pk_first_row_" + p, "merge-engine first-row, changelog-producer " + cp, f -> {
        f.create(KV, "id", null, "bucket", "1", "merge-engine", "first-row", "changelog-producer", cp);
        f.write(kv(0, 5, "a"));
        producer(f, cp);
        f.write(kv(3, 8, "b"));
        producer(f, cp);
        f.refuse("{'cmd':'write','rows':[{'_kind':'-D','id':1}]}");
      });
    }
    fixture("pk_lookup_row_dedup", "changelog-producer.row-deduplicate=true with ignored fields", f -> {
      f.changelog = true;
      f.create(KV, "id", null, "bucket", "1", "changelog-producer", "lookup", "changelog-producer.row-deduplicate", "true", "changelog-producer.row-deduplicate-ignore-fields", "n");
      f.write(kv(0, 5, "a"));
      f.write("{'id':1,'v':'a1','n':99}\n{'id':2,'v':'new','n':1}\n{'id':3,'v':'a3','n':9}");
    });
    fixture("pk_changelog_file_options", "changelog-file.prefix, format, compression and stats-mode", f -> {
      f.changelog = true;
      f.create(KV, "id", null, "bucket", "1", "changelog-producer", "input", "changelog-file.prefix", "cl-", "changelog-file.format", "avro", "changelog-file.compression", "snappy", "changelog-file.stats-mode", "none");
      f.write(kv(0, 5, "a"));
      f.write("{'_kind':'-D','id':1}\n{'_kind':'+U','id':2,'v':'b'}");
    });
    fixture("pk_sequence_field", "sequence.field, equal and null sequences, late rows", f -> {
      f.create("id INT NOT NULL; seq INT; v STRING", "id", null, "bucket", "1", "sequence.field", "seq", "write-only", "true");
      f.write("{'id':1,'seq':10,'v':'a'}\n{'id':2,'seq':5,'v':'a'}\n{'id':3,'seq':null,'v':'a'}\n{'id':4,'seq':1,'v':'a'}");
      f.write("{'id':1,'seq':9,'v':'late'}\n{'id':2,'seq':5,'v':'equal'}\n{'id':3,'seq':0,'v':'b'}\n{'id':4,'seq':null,'v':'null seq'}");
      f.write("{'_kind':'-D','id':1,'seq':8}\n{'_kind':'-D','id':2,'seq':6}\n{'id':5,'seq':-1,'v':'x'}\n{'id':5,'seq':-2,'v':'y'}");
    });
    fixture("pk_sequence_fields_two", "two sequence fields", f -> {
      f.create("id INT NOT NULL; s1 TIMESTAMP(3); s2 BIGINT; v STRING", "id", null, "bucket", "1", "sequence.field", "s1,s2", "write-only", "true");
      f.write("{'id':1,'s1':'2024-01-01T00:00:00','s2':5,'v':'a'}\n{'id':2,'s1':'2024-01-01T00:00:00','s2':5,'v':'a'}");
      f.write("{'id':1,'s1':'2024-01-01T00:00:00','s2':4,'v':'late'}\n{'id':2,'s1':'2024-01-01T00:00:01','s2':0,'v':'new'}");
    });
    fixture("pk_sequence_descending", "sequence.field.sort-order=descending", f -> {
      f.create("id INT NOT NULL; seq INT; v STRING", "id", null, "bucket", "1", "sequence.field", "seq", "sequence.field.sort-order", "descending", "write-only", "true");
      f.write("{'id':1,'seq':10,'v':'a'}\n{'id':2,'seq':5,'v':'a'}");
      f.write("{'id':1,'seq':9,'v':'smaller'}\n{'id':2,'seq':6,'v':'bigger'}");
    });
    fixture("pk_rowkind_field", "rowkind.field", f -> {
      f.create("id INT NOT NULL; k STRING; v STRING", "id", null, "bucket", "1", "rowkind.field", "k", "changelog-producer", "input");
      f.changelog = true;
      f.write("{'id':1,'k':'+I','v':'a'}\n{'id':2,'k':'+I','v':'a'}\n{'id':3,'k':'+I','v':'a'}");
      f.write("{'id':1,'k':'-D','v':'a'}\n{'id':2,'k':'-U','v':'a'}\n{'id':2,'k':'+U','v':'b'}");
    });
    fixture("pk_ignore_delete", "ignore-delete=true", f -> {
      f.create(KV, "id", null, "bucket", "1", "ignore-delete", "true");
      f.write(kv(0, 5, "a"));
      f.write("{'_kind':'-D','id':1}\n{'_kind':'-U','id':2}\n{'_kind':'+U','id':3,'v':'b'}");
    });
    fixture("pk_ignore_update_before", "ignore-update-before=true", f -> {
      f.create(KV, "id", null, "bucket", "1", "ignore-update-before", "true");
      f.write(kv(0, 5, "a"));
      f.write("{'_kind':'-D','id':1}\n{'_kind':'-U','id':2}\n{'_kind':'+U','id':3,'v':'b'}");
    });
    fixture("pk_partial_update_groups", "partial-update with sequence groups", f -> {
      f.create("id INT NOT NULL; a INT; b INT; g1 INT; c STRING; d STRING; g2 INT; e INT", "id", null, "bucket", "1", "merge-engine", "partial-update", "write-only", "true",
          "fields.g1.sequence-group", "a,b", "fields.g2.sequence-group", "c,d");
      f.write("{'id':1,'a':1,'b':1,'g1':1,'c':'1','d':'1','g2':1,'e':1}");
      f.write("{'id':1,'a':2,'b':null,'g1':2,'c':'2','d':'2','g2':null,'e':2}");
      f.write("{'id':1,'a':3,'b':3,'g1':1,'c':'3','d':null,'g2':3,'e':null}\n{'id':2,'a':5,'g1':null}");
      f.write("{'id':1,'a':4,'b':4,'g1':2,'c':'4','d':'4','g2':2}");
      f.write("{'_kind':'-D','id':1,'g1':3,'g2':1}");
    });
    fixture("pk_partial_update_groups_two_fields", "sequence group ordered by two fields", f -> {
      f.create("id INT NOT NULL; a INT; s1 INT; s2 INT; b STRING", "id", null, "bucket", "1", "merge-engine", "partial-update", "write-only", "true", "fields.s1,s2.sequence-group", "a");
      f.write("{'id':1,'a':1,'s1':1,'s2':1,'b':'x'}");
      f.write("{'id':1,'a':2,'s1':1,'s2':0}\n{'id':1,'a':3,'s1':1,'s2':2}");
      f.write("{'id':1,'a':4,'s1':0,'s2':9}");
    });
    fixture("pk_partial_update_aggregators", "partial-update with aggregators inside sequence groups and default", f -> {
      f.create("id INT NOT NULL; s BIGINT; l STRING; g INT; m INT; f INT; h INT", "id", null, "bucket", "1", "merge-engine", "partial-update", "write-only", "true",
          "fields.g.sequence-group", "s,l", "fields.s.aggregate-function", "sum", "fields.l.aggregate-function", "listagg", "fields.h.sequence-group", "m,f", "fields.m.aggregate-function", "max", "fields.f.aggregate-function", "first_non_null_value");
      f.write("{'id':1,'s':1,'l':'a','g':1,'m':5,'f':1,'h':5}");
      f.write("{'id':1,'s':2,'l':'b','g':3,'m':4,'f':2,'h':6}");
      f.write("{'id':1,'s':4,'l':'c','g':2,'m':6,'h':4,'f':3}\n{'id':1,'s':8,'l':'d','g':null,'m':9,'h':null}");
      f.refuse("{'cmd':'create','table':'db.t2','spec':{'columns':[{'name':'id','type':'INT NOT NULL'},{'name':'m','type':'INT'}],'primary_keys':['id'],'options':{'merge-engine':'partial-update','fields.m.aggregate-function':'max'}}}");
    });
    fixture("pk_partial_update_remove_on_delete", "partial-update.remove-record-on-delete", f -> {
      f.create("id INT NOT NULL; a INT; b STRING", "id", null, "bucket", "1", "merge-engine", "partial-update", "partial-update.remove-record-on-delete", "true", "write-only", "true");
      f.write("{'id':1,'a':1,'b':'x'}\n{'id':2,'a':2}");
      f.write("{'_kind':'-D','id':1}");
      f.write("{'id':1,'b':'again'}\n{'_kind':'-D','id':2}");
    });
    fixture("pk_partial_update_remove_on_group", "partial-update.remove-record-on-sequence-group", f -> {
      f.create("id INT NOT NULL; a INT; g1 INT; b INT; g2 INT", "id", null, "bucket", "1", "merge-engine", "partial-update", "fields.g1.sequence-group", "a", "fields.g2.sequence-group", "b", "partial-update.remove-record-on-sequence-group", "g2", "write-only", "true");
      f.write("{'id':1,'a':1,'g1':1,'b':1,'g2':1}\n{'id':2,'a':1,'g1':1,'b':1,'g2':1}");
      f.write("{'_kind':'-D','id':1,'g2':2}\n{'_kind':'-D','id':2,'g1':2}");
      f.write("{'id':1,'a':7,'g1':3}");
    });
    fixture("pk_partial_update_delete_alone", "partial-update without any delete option: a delete of a key that has no other row is stored and dropped on read", f -> {
      f.create("id INT NOT NULL; a INT; b STRING", "id", null, "bucket", "1", "merge-engine", "partial-update", "write-only", "true");
      f.write("{'id':1,'a':1}\n{'_kind':'-D','id':7}");
      f.expect("raw", "expected.raw.jsonl", "{'raw_kinds':true}");
    });
    fixture("pk_partial_update_ignore_delete", "partial-update with ignore-delete", f -> {
      f.create("id INT NOT NULL; a INT; b STRING", "id", null, "bucket", "1", "merge-engine", "partial-update", "ignore-delete", "true");
      f.write("{'id':1,'a':1}\n{'id':2,'a':2}");
      f.write("{'_kind':'-D','id':1}\n{'id':2,'b':'x'}");
    });
    fixture("pk_aggregation_all", "every aggregate function without sketches", f -> {
      f.create("id INT NOT NULL; sum_i INT; sum_l BIGINT; sum_d DOUBLE; sum_dec DECIMAL(20,4); prod INT; mx STRING; mn DATE; lv INT; lnn INT; fv INT; fnn INT; la STRING; lad STRING; ba BOOLEAN; bo BOOLEAN; col ARRAY<INT>; cold ARRAY<STRING>; mm MAP<STRING, INT>; nu ARRAY<ROW<k INT, v STRING>>; nuk ARRAY<ROW<k INT, v STRING>>; dflt STRING",
          "id", null, "bucket", "1", "merge-engine", "aggregation", "write-only", "true",
          "fields.sum_i.aggregate-function", "sum", "fields.sum_l.aggregate-function", "sum", "fields.sum_d.aggregate-function", "sum", "fields.sum_dec.aggregate-function", "sum",
          "fields.prod.aggregate-function", "product", "fields.mx.aggregate-function", "max", "fields.mn.aggregate-function", "min", "fields.lv.aggregate-function", "last_value",
          "fields.lnn.aggregate-function", "last_non_null_value", "fields.fv.aggregate-function", "first_value", "fields.fnn.aggregate-function", "first_non_null_value",
          "fields.la.aggregate-function", "listagg", "fields.lad.aggregate-function", "listagg", "fields.lad.distinct", "true", "fields.lad.list-agg-delimiter", ";",
          "fields.ba.aggregate-function", "bool_and", "fields.bo.aggregate-function", "bool_or", "fields.col.aggregate-function", "collect",
          "fields.cold.aggregate-function", "collect", "fields.cold.distinct", "true", "fields.mm.aggregate-function", "merge_map",
          "fields.nu.aggregate-function", "nested_update", "fields.nuk.aggregate-function", "nested_update", "fields.nuk.nested-key", "k", "fields.nuk.count-limit", "3");
      f.write("{'id':1,'sum_i':1,'sum_l':10,'sum_d':0.1,'sum_dec':'1.0001','prod':2,'mx':'b','mn':'2024-01-02','lv':1,'lnn':1,'fv':null,'fnn':null,'la':'a','lad':'a;b','ba':true,'bo':false,'col':[1,2],'cold':['x'],'mm':[['a',1]],'nu':[{'k':1,'v':'a'}],'nuk':[{'k':1,'v':'a'}],'dflt':'p'}\n{'id':2}");
      f.write("{'id':1,'sum_i':-3,'sum_l':20,'sum_d':0.2,'sum_dec':'-5','prod':-4,'mx':'a','mn':'2023-01-02','lv':2,'lnn':2,'fv':5,'fnn':5,'la':'b','lad':'b;c','ba':false,'bo':true,'col':[2,3],'cold':['x','y'],'mm':[['a',2],['b',3]],'nu':[{'k':1,'v':'b'}],'nuk':[{'k':1,'v':'b'},{'k':2,'v':'c'}],'dflt':null}");
      f.write("{'id':1,'sum_i':null,'lv':null,'lnn':null,'fv':9,'fnn':9,'la':null,'ba':null,'bo':null,'mm':null,'nuk':[{'k':3,'v':'d'},{'k':4,'v':'over'}]}\n{'id':2,'sum_i':4,'la':'','ba':true,'fv':3,'fnn':3,'col':[],'mm':[]}");
    });
    fixture("pk_aggregation_retract", "retractions for the functions that support them, and ignore-retract", f -> {
      f.create("id INT NOT NULL; s INT; p INT; lv INT; lnn INT; c ARRAY<INT>; m MAP<STRING, INT>; nu ARRAY<ROW<k INT, v STRING>>; ig INT", "id", null, "bucket", "1", "merge-engine", "aggregation", "write-only", "true",
          "fields.s.aggregate-function", "sum", "fields.p.aggregate-function", "product", "fields.lv.aggregate-function", "last_value", "fields.lnn.aggregate-function", "last_non_null_value",
          "fields.c.aggregate-function", "collect", "fields.m.aggregate-function", "merge_map", "fields.nu.aggregate-function", "nested_update", "fields.ig.aggregate-function", "max", "fields.ig.ignore-retract", "true");
      f.write("{'id':1,'s':10,'p':12,'lv':1,'lnn':1,'c':[1,1,2],'m':[['a',1],['b',2]],'nu':[{'k':1,'v':'a'},{'k':2,'v':'b'}],'ig':5}\n{'id':2,'s':1,'lv':2}");
      f.write("{'_kind':'-U','id':1,'s':3,'p':4,'lv':1,'lnn':1,'c':[1],'m':[['a',1]],'nu':[{'k':1,'v':'a'}],'ig':9}\n{'_kind':'-D','id':2,'s':5}");
      f.write("{'_kind':'-D','id':3,'s':7}");
    });
    fixture("pk_aggregation_remove_on_delete", "aggregation.remove-record-on-delete", f -> {
      f.create("id INT NOT NULL; s INT; m INT", "id", null, "bucket", "1", "merge-engine", "aggregation", "aggregation.remove-record-on-delete", "true", "write-only", "true", "fields.s.aggregate-function", "sum", "fields.m.aggregate-function", "max");
      f.write("{'id':1,'s':10,'m':3}\n{'id':2,'s':1,'m':1}");
      f.write("{'_kind':'-D','id':1,'s':3,'m':1}");
      f.write("{'id':1,'s':5,'m':0}");
    });
    fixture("pk_aggregation_default", "fields.default-aggregate-function", f -> {
      f.create("id INT NOT NULL; a STRING; b STRING; c INT", "id", null, "bucket", "1", "merge-engine", "aggregation", "fields.default-aggregate-function", "first_non_null_value", "fields.c.aggregate-function", "sum", "write-only", "true");
      f.write("{'id':1,'a':'x','c':1}");
      f.write("{'id':1,'a':'y','b':'z','c':2}");
    });
    fixture("pk_aggregation_sequence", "aggregation with sequence.field: last_value and first_value follow it", f -> {
      f.create("id INT NOT NULL; seq INT; lv STRING; fv STRING; s INT", "id", null, "bucket", "1", "merge-engine", "aggregation", "sequence.field", "seq", "write-only", "true", "fields.lv.aggregate-function", "last_value", "fields.fv.aggregate-function", "first_value", "fields.s.aggregate-function", "sum");
      f.write("{'id':1,'seq':5,'lv':'five','fv':'five','s':1}");
      f.write("{'id':1,'seq':3,'lv':'three','fv':'three','s':1}");
      f.write("{'id':1,'seq':9,'lv':null,'fv':'nine','s':1}");
    });
    fixture("pk_aggregation_merge_map_keytime", "merge_map_with_keytime", f -> {
      f.create("id INT NOT NULL; m MAP<STRING, ROW<v STRING, ts STRING>>", "id", null, "bucket", "1", "merge-engine", "aggregation", "write-only", "true", "fields.m.aggregate-function", "merge_map_with_keytime", "fields.m.ts-field", "ts");
      f.write("{'id':1,'m':[['a',{'v':'x','ts':'2024-01-05'}],['b',{'v':'y','ts':'2024-01-05'}]]}");
      f.write("{'id':1,'m':[['a',{'v':'late','ts':'2024-01-04'}],['b',{'v':'new','ts':'2024-01-06'}],['c',{'v':'z','ts':'2024-01-01'}]]}");
    });
    fixture("pk_aggregation_nested_partial", "nested_partial_update", f -> {
      f.create("id INT NOT NULL; n ARRAY<ROW<k INT, a STRING, b STRING>>", "id", null, "bucket", "1", "merge-engine", "aggregation", "write-only", "true", "fields.n.aggregate-function", "nested_partial_update", "fields.n.nested-key", "k");
      f.write("{'id':1,'n':[{'k':1,'a':'x','b':null},{'k':2,'a':'y','b':'y'}]}");
      f.write("{'id':1,'n':[{'k':1,'a':null,'b':'z'},{'k':3,'a':'w','b':null}]}");
    });
    fixture("pk_aggregation_bitmaps", "rbm32 and rbm64 aggregate functions", f -> {
      f.create("id INT NOT NULL; r32 VARBINARY(1000); r64 VARBINARY(1000)", "id", null, "bucket", "1", "merge-engine", "aggregation", "write-only", "true", "fields.r32.aggregate-function", "rbm32", "fields.r64.aggregate-function", "rbm64");
      for (int[] x : new int[][] {{1, 5, 100000}, {5, 6, 7}}) {
        org.apache.paimon.utils.RoaringBitmap32 a = new org.apache.paimon.utils.RoaringBitmap32();
        org.apache.paimon.utils.RoaringBitmap64 b = new org.apache.paimon.utils.RoaringBitmap64();
        for (int v : x) {
          a.add(v);
          b.add(v * 10000000000L);
        }
        StringBuilder h = new StringBuilder("{'id':1,'r32':");
        Values.hex(h, a.serialize());
        h.append(",'r64':");
        Values.hex(h, b.serialize());
        f.write(h.append("}").toString());
      }
    });
    fixture("pk_aggregation_sketches", "hll_sketch and theta_sketch aggregate functions", f -> {
      f.create("id INT NOT NULL; h VARBINARY(1000); t VARBINARY(1000)", "id", null, "bucket", "1", "merge-engine", "aggregation", "write-only", "true", "fields.h.aggregate-function", "hll_sketch", "fields.t.aggregate-function", "theta_sketch");
      for (int[] x : new int[][] {{1, 5, 100000}, {5, 6, 7}}) {
        StringBuilder h = new StringBuilder("{'id':1,'h':");
        Values.hex(h, org.apache.paimon.utils.HllSketchUtil.sketchOf(x));
        h.append(",'t':");
        Values.hex(h, org.apache.paimon.utils.ThetaSketch.sketchOf(x));
        f.write(h.append("}").toString());
      }
    });
    fixture("pk_first_row_level0", "first-row with a write-only writer: level 0 is invisible", f -> {
      f.create(KV, "id", null, "bucket", "1", "merge-engine", "first-row");
      f.write(kv(0, 5, "a"));
      f.write("{'options':{'write-only':'true'}}", kv(3, 8, "b"));
    });
    fixture("pk_first_row_ignore_delete", "first-row with ignore-delete", f -> {
      f.create(KV, "id", null, "bucket", "1", "merge-engine", "first-row", "ignore-delete", "true", "changelog-producer", "lookup");
      f.changelog = true;
      f.write(kv(0, 5, "a"));
      f.write("{'_kind':'-D','id':1}\n{'id':1,'v':'b'}\n{'id':9,'v':'b'}");
    });
    fixture("pk_force_produce_delete", "delete.force-produce-changelog with lookup", f -> {
      f.changelog = true;
      f.create(KV, "id", null, "bucket", "1", "changelog-producer", "lookup", "delete.force-produce-changelog", "true");
      f.write(kv(0, 3, "a"));
      f.write("{'_kind':'-D','id':1}\n{'_kind':'-D','id':50}");
    });
    fixture("pk_streaming_commits", "a streaming writer with increasing identifiers and watermarks, changelog lookup", f -> {
      f.changelog = true;
      f.create(KV, "id", null, "bucket", "2", "changelog-producer", "lookup", "num-sorted-run.compaction-trigger", "3");
      for (int c = 1; c <= 6; c++) f.write(s("{'commit_user':'stream','commit_id':%d,'watermark':%d}", c, c * 1000), kv(c * 3, c * 3 + 10, "c" + c + "-"));
      f.expect("incremental", "expected.incremental@2-6.jsonl", "{'incremental':'2,6','raw_kinds':true}");
    });
  }

  // ------------------------------------------------------------------ schema evolution

  private void evolution() {
    for (String fmt : Arrays.asList("parquet", "orc", "avro")) {
      fixture("evolve_columns_" + fmt, "add, rename, drop, reorder columns over several files, append, " + fmt, f -> {
        f.create("a INT; b STRING; c DOUBLE", null, null, "file.format", fmt);
        f.write("{'a':1,'b':'x','c':1.5}\n{'a':2}");
        f.alter("[{'op':'add-column','name':'d','type':'BIGINT'},{'op':'add-column','name':'e','type':'STRING','first':true},{'op':'add-column','name':'f','type':'INT','after':'a'}]");
        f.write("{'e':'e','a':3,'f':4,'b':'y','c':2.5,'d':7}");
        f.alter("[{'op':'rename-column','name':'b','to':'bb'},{'op':'drop-column','name':'c'}]");
        f.write("{'a':5,'bb':'z','d':8}");
        f.alter("[{'op':'add-column','name':'c','type':'STRING'},{'op':'rename-column','name':'d','to':'b'},{'op':'update-position','name':'bb','first':true}]");
        f.write("{'a':6,'bb':'w','c':'new c','b':9}");
      });
      fixture("evolve_types_" + fmt, "widened and explicitly cast types, append, " + fmt, f -> {
        f.create("id INT; i INT; sm SMALLINT; fl FLOAT; de DECIMAL(10,2); vc VARCHAR(5); dt DATE; ts TIMESTAMP(3); b BOOLEAN; s STRING; big BIGINT; dbl DOUBLE", null, null, "file.format", fmt);
        f.write("{'id':1,'i':-7,'sm':5,'fl':1.25,'de':'12.34','vc':'abc','dt':'2024-02-29','ts':'2024-01-01T01:02:03.456','b':true,'s':'42','big':1234567890123,'dbl':2.75}\n{'id':2}");
        f.alter("[{'op':'update-type','name':'i','type':'BIGINT'},{'op':'update-type','name':'sm','type':'INT'},{'op':'update-type','name':'fl','type':'DOUBLE'},{'op':'update-type','name':'de','type':'DECIMAL(20,4)'},{'op':'update-type','name':'vc','type':'STRING'},{'op':'update-type','name':'dt','type':'TIMESTAMP(3)'},{'op':'update-type','name':'ts','type':'STRING'}]");
        f.write("{'id':3,'i':5000000000,'sm':100000,'fl':0.1,'de':'1.2345','vc':'a longer text','dt':'2024-03-01T05:00:00','ts':'free text','b':false,'s':'x1','big':3,'dbl':-1.5}");
        f.alter("[{'op':'update-type','name':'i','type':'DECIMAL(30,3)'},{'op':'update-type','name':'b','type':'STRING'},{'op':'update-type','name':'big','type':'INT'},{'op':'update-type','name':'dbl','type':'INT'}]");
        f.write("{'id':4,'i':'1.5','b':'text','big':9,'dbl':8}");
        f.alter("[{'op':'update-type','name':'i','type':'STRING'},{'op':'update-type','name':'fl','type':'STRING'},{'op':'update-type','name':'de','type':'STRING'},{'op':'update-type','name':'dt','type':'STRING'}]");
      });
      fixture("evolve_nested_" + fmt, "fields added to, renamed in and dropped from nested rows, " + fmt, f -> {
        f.create("id INT; r ROW<a INT, b ROW<c STRING, d INT>>; ar ARRAY<ROW<x INT, y STRING>>; m MAP<STRING, ROW<p INT, q INT>>", null, null, "file.format", fmt);
        f.write("{'id':1,'r':{'a':1,'b':{'c':'c','d':2}},'ar':[{'x':1,'y':'y'},null],'m':[['k',{'p':1,'q':2}]]}\n{'id':2}");
        f.alter("[{'op':'add-column','name':['r','z'],'type':'STRING'},{'op':'add-column','name':['r','b','e'],'type':'INT'},{'op':'add-column','name':['ar','element','w'],'type':'DOUBLE'},{'op':'add-column','name':['m','value','s'],'type':'STRING'}]");
        f.write("{'id':3,'r':{'a':3,'b':{'c':'cc','d':4,'e':5},'z':'z'},'ar':[{'x':2,'y':'yy','w':1.5}],'m':[['k',{'p':3,'q':4,'s':'s'}]]}");
        f.alter("[{'op':'rename-column','name':['r','b','c'],'to':'cx'},{'op':'drop-column','name':['r','b','d']},{'op':'drop-column','name':['ar','element','x']},{'op':'update-type','name':['r','a'],'type':'BIGINT'}]");
        f.write("{'id':4,'r':{'a':5000000000,'b':{'cx':'d','e':6},'z':'zz'},'ar':[{'y':'z','w':2.5}]}");
      });
      fixture("evolve_pk_" + fmt, "schema changes in a primary-key table with runs of several schemas to merge, " + fmt, f -> {
        f.create("id INT NOT NULL; a INT; b STRING", "id", null, "bucket", "1", "file.format", fmt, "write-only", "true");
        f.write("{'id':1,'a':1,'b':'x'}\n{'id':2,'a':2,'b':'y'}\n{'id':3,'a':3,'b':'z'}");
        f.alter("[{'op':'add-column','name':'c','type':'STRING','after':'id'},{'op':'update-type','name':'a','type':'BIGINT'}]");
        f.write("{'id':1,'a':5000000000,'b':'x2','c':'c'}\n{'_kind':'-D','id':2}");
        f.alter("[{'op':'rename-column','name':'b','to':'bb'},{'op':'drop-column','name':'a'}]");
        f.write("{'id':4,'bb':'w','c':'c4'}\n{'id':3,'bb':'z2'}");
      });
      fixture("evolve_pk_compacted_" + fmt, "as evolve_pk, compacted after the changes, " + fmt, f -> {
        f.create("id INT NOT NULL; a INT; b STRING", "id", null, "bucket", "1", "file.format", fmt, "write-only", "true");
        f.write("{'id':1,'a':1,'b':'x'}\n{'id':2,'a':2,'b':'y'}\n{'id':3,'a':3,'b':'z'}");
        f.alter("[{'op':'add-column','name':'c','type':'STRING','first':true},{'op':'update-type','name':'a','type':'STRING'}]");
        f.write("{'id':1,'a':'text','b':'x2','c':'c'}\n{'_kind':'-D','id':2}");
        f.op("{'cmd':'compact'}");
        f.write("{'id':3,'a':'t','c':'d'}");
      });
    }
    fixture("evolve_defaults", "default values and their change; nulls are replaced on write only", f -> {
      f.create("id INT; a INT DEFAULT 7; b STRING DEFAULT dflt; d DATE DEFAULT 2024-01-01", null, null);
      f.write("{'id':1}\n{'id':2,'a':1,'b':'x','d':'2020-01-01'}");
      f.alter("[{'op':'update-default','name':'a','default':'70'},{'op':'add-column','name':'c','type':'INT'},{'op':'update-default','name':'c','default':'5'}]");
      f.write("{'id':3}\n{'id':4,'c':9}");
    });
    fixture("evolve_nullability", "NOT NULL dropped from a column, comments", f -> {
      f.create("id INT NOT NULL; a STRING NOT NULL", null, null);
      f.write("{'id':1,'a':'x'}");
      f.refuse("{'cmd':'write','rows':[{'id':2}]}");
      f.alter("[{'op':'update-nullability','name':'a','nullable':true},{'op':'update-comment','name':'a','comment':'now nullable'},{'op':'table-comment','comment':'changed'},{'op':'set-option','key':'snapshot.num-retained.max','value':'100'}]");
      f.write("{'id':2}");
      f.refuse("{'cmd':'alter','changes':[{'op':'update-nullability','name':'a','nullable':false}]}");
      f.refuse("{'cmd':'alter','changes':[{'op':'set-option','key':'merge-engine','value':'aggregation'}]}");
      f.alter("[{'op':'reset-option','key':'snapshot.num-retained.max'}]");
    });
    fixture("evolve_casts_refused", "casts that are refused", f -> {
      f.create("id INT; a ARRAY<INT>; d DATE; b BYTES; k INT", null, null);
      f.write("{'id':1,'a':[1]}");
      for (String c : Arrays.asList("'a','type':'ARRAY<STRING>'", "'d','type':'INT'", "'b','type':'INT'", "'id','type':'DATE'", "'a','type':'INT'")) {
        try {
          f.refuse("{'cmd':'alter','changes':[{'op':'update-type','name':" + c + "}]}");
        } catch (IllegalStateException e) {
          f.refused.add("{\"op\":\"allowed: " + c.replace('\'', ' ') + "\"}");
        }
      }
    });
    fixture("evolve_partitioned_filter", "filters on changed columns over old files", f -> {
      f.create("p INT; a INT; b STRING", null, "p");
      f.write("{'p':1,'a':1,'b':'1'}\n{'p':1,'a':200,'b':'200'}\n{'p':2,'a':3}");
      f.alter("[{'op':'update-type','name':'a','type':'STRING'},{'op':'add-column','name':'c','type':'INT'}]");
      f.write("{'p':1,'a':'5','b':'x','c':1}\n{'p':3,'a':'text','c':2}");
      f.expect("a > '20'", "expected.filter-a.jsonl", "{'filter':[['a','>','20']]}");
      f.expect("c is null", "expected.filter-c.jsonl", "{'filter':[['c','is-null']]}");
      f.expect("p and b", "expected.filter-pb.jsonl", "{'filter':[['p','=',1],['b','in',['1','x']]],'projection':['b','p']}");
    });
    fixture("evolve_rename_partial_update", "renamed and added columns in a partial-update table with a sequence group", f -> {
      f.create("id INT NOT NULL; a INT; g INT", "id", null, "bucket", "1", "merge-engine", "partial-update", "fields.g.sequence-group", "a", "write-only", "true");
      f.write("{'id':1,'a':1,'g':1}\n{'id':2,'a':2,'g':2}");
      f.alter("[{'op':'add-column','name':'b','type':'STRING'},{'op':'rename-column','name':'a','to':'aa'}]");
      f.write("{'id':1,'aa':5,'g':2}\n{'id':2,'aa':7,'g':1,'b':'x'}");
    });
  }

  // ------------------------------------------------------------------ indexes

  private void indexes() {
    String[][] idx = {
      {"bloom-filter", "file-index.bloom-filter.columns", "a,b,d"},
      {"bitmap", "file-index.bitmap.columns", "a,b,k"},
      {"bsi", "file-index.bsi.columns", "a,d"},
      {"range-bitmap", "file-index.range-bitmap.columns", "a,b,d"},
    };
    for (String[] x : idx) {
      for (String place : Arrays.asList("embedded", "file")) {
        fixture("index_" + x[0].replace('-', '_') + "_" + place, "file index " + x[0] + ", stored " + (place.equals("file") ? "beside the data file" : "in the manifest"), f -> {
          f.create("a INT; b STRING; d TIMESTAMP(3); k BOOLEAN; n DOUBLE", null, null, x[1], x[2],
              "file-index.in-manifest-threshold", place.equals("file") ? "1 b" : "1 mb");
          if (x[0].equals("bloom-filter")) f.alter("[{'op':'set-option','key':'file-index.bloom-filter.a.items','value':'100'},{'op':'set-option','key':'file-index.bloom-filter.b.items','value':'100'},{'op':'set-option','key':'file-index.bloom-filter.d.items','value':'100'}]");
          f.write(rows(0, 60, i -> i % 9 == 0 ? "{'n':1.5}" : s("{'a':%d,'b':'b%d','d':'2024-01-01T00:00:%02d.5','k':%b,'n':%d.5}", i * 2 - 30, i % 7, i % 60, i % 3 == 0, i)));
          f.write(rows(60, 90, i -> s("{'a':%d,'b':'b%d','d':'2024-01-01T00:01:%02d','k':%b,'n':%d.5}", i * 2, i % 11, i % 60, i % 3 == 0, i)));
          f.expect("a = 14", "expected.filter-eq.jsonl", "{'filter':[['a','=',14]]}");
          f.expect("b in", "expected.filter-in.jsonl", "{'filter':[['b','in',['b3','b9']],['a','>',50]]}");
          f.expect("a is null", "expected.filter-null.jsonl", "{'filter':[['a','is-null']]}");
        });
      }
    }
    fixture("index_map_bloom", "bloom filter on keys of a map column", f -> {
      f.create("id INT; m MAP<STRING, STRING>", null, null, "file-index.bloom-filter.columns", "m[k1],m[k2]", "file-index.bloom-filter.m.items", "50");
      f.write("{'id':1,'m':[['k1','a'],['k2','b']]}\n{'id':2,'m':[['k3','c']]}\n{'id':3}");
    });
    fixture("index_pk_bitmap", "bitmap index in a primary-key table with deletion vectors", f -> {
      f.create(KV, "id", null, "bucket", "1", "deletion-vectors.enabled", "true", "file-index.bitmap.columns", "v");
      f.write(kv(0, 20, "a"));
      f.write(kv(5, 9, "b"));
      f.expect("v = b6", "expected.filter-eq.jsonl", "{'filter':[['v','=','b6']]}");
    });
    fixture("index_several", "several index types on the same columns", f -> {
      f.create("a INT; b STRING", null, null, "file-index.bloom-filter.columns", "a,b", "file-index.bitmap.columns", "a,b", "file-index.bloom-filter.a.items", "20", "file-index.bloom-filter.b.items", "20");
      f.write(rows(0, 20, i -> s("{'a':%d,'b':'b%d'}", i, i)));
    });
    fixture("index_orc_bloom", "orc's own bloom filters and dictionary options", f -> {
      f.create("a INT; b STRING", null, null, "file.format", "orc", "orc.bloom.filter.columns", "b", "orc.dictionary.key.threshold", "1");
      f.write(rows(0, 200, i -> s("{'a':%d,'b':'b%d'}", i, i % 5)));
    });
    fixture("index_parquet_bloom", "parquet's own bloom filters", f -> {
      f.create("a INT; b STRING", null, null, "parquet.bloom.filter.enabled#b", "true", "parquet.bloom.filter.expected.ndv#b", "50");
      f.write(rows(0, 50, i -> s("{'a':%d,'b':'b%d'}", i, i)));
    });
  }

  // ------------------------------------------------------------------ snapshots, tags, branches, overwrite

  private void history() {
    fixture("tags", "tags, one with a retention time, one on an old snapshot, a renamed one", f -> {
      f.create(KV, "id", null, "bucket", "1");
      f.write(kv(0, 5, "a"));
      f.op("{'cmd':'create-tag','name':'first'}");
      f.write(kv(3, 8, "b"));
      f.write("{'_kind':'-D','id':0}");
      f.op("{'cmd':'create-tag','name':'kept','snapshot':2,'retain_ms':8640000000}");
      f.op("{'cmd':'create-tag','name':'old-name'}");
      f.op("{'cmd':'rename-tag','name':'old-name','to':'new name'}");
      f.op("{'cmd':'create-tag','name':'12345'}");
    });
    fixture("expired_with_tags", "snapshots expired, a tag keeps an old state", f -> {
      f.create(KV, "id", null, "bucket", "1");
      f.write(kv(0, 5, "a"));
      f.op("{'cmd':'create-tag','name':'keep1'}");
      for (int c = 1; c < 7; c++) f.write("{'compact':'full'}", kv(c, c + 4, "c" + c + "-"));
      f.op("{'cmd':'create-tag','name':'keep2','snapshot':7}");
      f.op("{'cmd':'expire-snapshots','retain_max':3,'retain_min':1}");
    });
    fixture("expired_append", "append table: snapshots expired after an overwrite", f -> {
      f.create("p INT; id INT", null, "p");
      f.write("{'p':1,'id':1}\n{'p':2,'id':2}");
      f.write("{'overwrite':{'p':'1'}}", "{'p':1,'id':10}");
      f.write("{'p':3,'id':3}");
      f.op("{'cmd':'expire-snapshots','retain_max':1,'retain_min':1}");
    });
    fixture("expired_by_commit", "expiry by commits with snapshot.num-retained.max", f -> {
      f.create(KV, "id", null, "bucket", "1", "snapshot.num-retained.min", "2", "snapshot.num-retained.max", "3", "snapshot.expire.limit", "10");
      for (int c = 0; c < 8; c++) f.write(kv(c, c + 4, "c" + c + "-"));
    });
    for (String cp : Arrays.asList("none", "input", "lookup")) {
      fixture("changelog_decoupled_" + cp, "changelogs kept longer than snapshots, changelog-producer " + cp, f -> {
        f.changelog = true;
        f.create(KV, "id", null, "bucket", "1", "changelog-producer", cp, "snapshot.num-retained.min", "1", "snapshot.num-retained.max", "2", "changelog.num-retained.min", "5", "changelog.num-retained.max", "7");
        for (int c = 0; c < 8; c++) f.write(kv(c, c + 3, "c" + c + "-"));
      });
    }
    fixture("rollback_snapshot", "rolled back to a snapshot, then written again", f -> {
      f.create(KV, "id", null, "bucket", "1");
      f.write(kv(0, 5, "a"));
      f.write(kv(3, 8, "b"));
      f.write(kv(6, 9, "c"));
      f.op("{'cmd':'rollback','snapshot':2}");
      f.write(kv(20, 22, "d"));
    });
    fixture("rollback_tag", "rolled back to a tag whose snapshot had expired", f -> {
      f.create(KV, "id", null, "bucket", "1");
      f.write(kv(0, 5, "a"));
      f.op("{'cmd':'create-tag','name':'t'}");
      f.write(kv(3, 8, "b"));
      f.write(kv(6, 9, "c"));
      f.op("{'cmd':'expire-snapshots','retain_max':1,'retain_min':1}");
      f.op("{'cmd':'rollback','tag':'t'}");
      f.write(kv(20, 22, "d"));
    });
    fixture("branches", "branches from the latest state, from a tag and empty; written on both sides", f -> {
      f.create(KV, "id", null, "bucket", "1");
      f.write(kv(0, 5, "a"));
      f.op("{'cmd':'create-tag','name':'t1'}");
      f.write(kv(3, 8, "b"));
      f.op("{'cmd':'create-branch','name':'dev','tag':'t1'}");
      f.op("{'cmd':'create-branch','name':'empty'}");
      f.write("{'branch':'dev'}", kv(100, 103, "dev"));
      f.write("{'branch':'empty'}", kv(200, 202, "e"));
      f.op("{'cmd':'alter','branch':'dev','changes':[{'op':'add-column','name':'x','type':'INT'}]}");
      f.write("{'branch':'dev'}", "{'id':104,'x':5}");
      f.write(kv(50, 52, "main"));
    });
    fixture("branch_fast_forward", "a branch fast-forwarded into main", f -> {
      f.create(KV, "id", null, "bucket", "1");
      f.write(kv(0, 5, "a"));
      f.op("{'cmd':'create-tag','name':'t1'}");
      f.op("{'cmd':'create-branch','name':'dev','tag':'t1'}");
      f.write("{'branch':'dev'}", kv(100, 103, "dev"));
      f.write(kv(50, 52, "lost"));
      f.op("{'cmd':'fast-forward','name':'dev'}");
      f.write(kv(60, 61, "after"));
    });
    fixture("branch_fallback", "scan.fallback-branch fills partitions that main lacks", f -> {
      f.create("p STRING; id INT", null, "p");
      f.write("{'p':'a','id':1}");
      f.op("{'cmd':'create-branch','name':'fb'}");
      f.write("{'branch':'fb'}", "{'p':'a','id':100}\n{'p':'b','id':200}");
      f.alter("[{'op':'set-option','key':'scan.fallback-branch','value':'fb'}]");
    });
    fixture("overwrite_table", "whole table overwritten (dynamic-partition-overwrite=false)", f -> {
      f.create("p INT; id INT", null, "p", "dynamic-partition-overwrite", "false");
      f.write("{'p':1,'id':1}\n{'p':2,'id':2}");
      f.write("{'overwrite':{}}", "{'p':3,'id':3}");
    });
    fixture("overwrite_dynamic", "dynamic partition overwrite", f -> {
      f.create("p INT; id INT", null, "p");
      f.write("{'p':1,'id':1}\n{'p':2,'id':2}\n{'p':3,'id':3}");
      f.write("{'overwrite':{}}", "{'p':2,'id':20}\n{'p':4,'id':40}");
      f.write("{'overwrite':{}}", "");
    });
    fixture("overwrite_static_pk", "static partition overwrite of a primary-key table with two partition columns", f -> {
      f.create("p STRING NOT NULL; q INT NOT NULL; id INT NOT NULL; v STRING", "p,q,id", "p,q", "bucket", "2", "dynamic-partition-overwrite", "false");
      f.write(rows(0, 24, i -> s("{'p':'p%d','q':%d,'id':%d,'v':'a%d'}", i % 2, i % 3, i, i)));
      f.write("{'overwrite':{'p':'p1'}}", "{'p':'p1','q':9,'id':100,'v':'new'}");
      f.write("{'overwrite':{'p':'p0','q':'1'}}", "{'p':'p0','q':1,'id':101,'v':'new'}");
    });
    fixture("overwrite_changelog_input", "overwrite of a table with changelog-producer input; streaming reads skip it", f -> {
      f.changelog = true;
      f.create(KV, "id", null, "bucket", "1", "changelog-producer", "input");
      f.write(kv(0, 5, "a"));
      f.write("{'overwrite':{}}", kv(3, 6, "b"));
      f.write(kv(8, 9, "c"));
    });
    fixture("truncate_table", "truncated, then written again", f -> {
      f.create(KV, "id", null, "bucket", "2");
      f.write(kv(0, 10, "a"));
      f.op("{'cmd':'truncate'}");
      f.write(kv(20, 23, "b"));
    });
    fixture("drop_partitions", "partitions dropped", f -> {
      f.create("p STRING; q INT; id INT", null, "p,q");
      f.write(rows(0, 24, i -> s("{'p':'p%d','q':%d,'id':%d}", i % 3, i % 2, i)));
      f.op("{'cmd':'truncate','partitions':[{'p':'p1'},{'p':'p2','q':'0'}]}");
    });
    fixture("watermarks", "watermarks and commit properties", f -> {
      f.create("id INT", null, null);
      f.write("{'watermark':1000}", "{'id':1}");
      f.write("{'watermark':500}", "{'id':2}");
      f.write("{'watermark':3000,'properties':{'source':'test','offset':'7'}}", "{'id':3}");
      f.expect("watermark 1500", "expected.watermark-1500.jsonl", "{'watermark':1500}");
    });
    fixture("statistics", "ANALYZE snapshot with column statistics; kept by the next commit, dropped by a schema change", f -> {
      f.create("id INT; s STRING; d DECIMAL(10,2); ts TIMESTAMP(3); b BOOLEAN; a ARRAY<INT>", null, null);
      f.write(rows(0, 10, i -> s("{'id':%d,'s':'s%d','d':'%d.5','ts':'2024-01-01T00:00:%02d','b':%b}", i, i % 4, i, i, i % 2 == 0)) + "{'id':11}\n");
      f.op("{'cmd':'analyze','columns':['id','s','d','ts','b']}");
      f.write("{'id':12}");
      f.expect("statistics", "expected.sys-statistics.jsonl", "{'cmd':'system','table':'db.t$statistics'}");
    });
    fixture("consumers", "consumer files hold snapshots back from expiry", f -> {
      f.create(KV, "id", null, "bucket", "1");
      for (int c = 0; c < 4; c++) f.write(kv(c, c + 3, "c" + c + "-"));
      f.op("{'cmd':'consumer','name':'slow','next':3}");
      f.op("{'cmd':'consumer','name':'fast','next':5}");
      f.op("{'cmd':'expire-snapshots','retain_max':1,'retain_min':1}");
    });
    fixture("orphans", "left-over files of a failed commit beside the live ones", f -> {
      f.create("id INT", null, null);
      f.write("{'id':1}");
      Path bucket = Paths.get(f.warehouse(), "db.db/t/bucket-0");
      Files.write(bucket.resolve("data-00000000-0000-4000-8000-000000000000-0.parquet"), "left over".getBytes(StandardCharsets.UTF_8));
      Files.write(Paths.get(f.warehouse(), "db.db/t/manifest/manifest-00000000-0000-4000-8000-000000000000-0"), "left over".getBytes(StandardCharsets.UTF_8));
      Files.write(Paths.get(f.warehouse(), "db.db/t/snapshot/.snapshot-2.00000000-0000-4000-8000-000000000000.tmp"), "left over".getBytes(StandardCharsets.UTF_8));
      f.write("{'id':2}");
    });
    fixture("hints_missing", "LATEST and EARLIEST hint files removed", f -> {
      f.create("id INT", null, null);
      for (int c = 0; c < 12; c++) f.write(s("{'id':%d}", c));
      Files.delete(Paths.get(f.warehouse(), "db.db/t/snapshot/LATEST"));
      Files.delete(Paths.get(f.warehouse(), "db.db/t/snapshot/EARLIEST"));
    });
    fixture("hints_stale", "LATEST hint is behind", f -> {
      f.create("id INT", null, null);
      for (int c = 0; c < 12; c++) f.write(s("{'id':%d}", c));
      Files.write(Paths.get(f.warehouse(), "db.db/t/snapshot/LATEST"), "9".getBytes(StandardCharsets.UTF_8));
    });
    fixture("incremental", "incremental reads between snapshots and tags", f -> {
      f.create(KV, "id", null, "bucket", "1");
      f.write(kv(0, 5, "a"));
      f.op("{'cmd':'create-tag','name':'t1'}");
      f.write("{'id':1,'v':'b'}\n{'_kind':'-D','id':2}\n{'id':9,'v':'b'}");
      f.write(kv(20, 22, "c"));
      f.op("{'cmd':'compact'}");
      f.op("{'cmd':'create-tag','name':'t2'}");
      f.expect("1,3", "expected.incremental@1-3.jsonl", "{'incremental':'1,3','raw_kinds':true}");
      f.expect("t1,t2", "expected.incremental@t1-t2.jsonl", "{'incremental':'t1,t2','raw_kinds':true}");
      f.expect("1,3 plain", "expected.incremental-plain@1-3.jsonl", "{'incremental':'1,3'}");
    });
  }

  // ------------------------------------------------------------------ newer features

  private void modern() {
    fixture("variant", "VARIANT columns, plain", f -> {
      f.create("id INT; v VARIANT", null, null);
      f.write(VARIANTS);
    });
    fixture("variant_shredded", "VARIANT column with a shredding schema", f -> {
      f.create("id INT; v VARIANT", null, null, "variant.shreddingSchema", "{\"type\":\"ROW\",\"fields\":[{\"id\":0,\"name\":\"v\",\"type\":{\"type\":\"ROW\",\"fields\":[{\"id\":1,\"name\":\"a\",\"type\":\"INT\"},{\"id\":2,\"name\":\"s\",\"type\":\"STRING\"}]}}]}");
      f.write(VARIANTS);
    });
    fixture("variant_inferred", "VARIANT column with inferred shredding", f -> {
      f.create("id INT; v VARIANT", null, null, "variant.inferShreddingSchema", "true");
      f.write(VARIANTS);
    });
    fixture("variant_pk", "VARIANT in a primary-key table", f -> {
      f.create("id INT NOT NULL; v VARIANT", "id", null, "bucket", "1", "write-only", "true");
      f.write(VARIANTS);
      f.write("{'id':1,'v':{'changed':true}}");
    });
    fixture("row_tracking", "row-tracking.enabled: row ids and sequence numbers", f -> {
      f.create("id INT; v STRING", null, null, "row-tracking.enabled", "true");
      f.write(rows(0, 10, i -> s("{'id':%d,'v':'a%d'}", i, i)));
      f.write(rows(10, 15, i -> s("{'id':%d,'v':'b%d'}", i, i)));
      f.expect("row_tracking", "expected.sys-row_tracking.jsonl", "{'cmd':'system','table':'db.t$row_tracking'}");
    });
    fixture("row_tracking_compacted", "row tracking kept through a compaction", f -> {
      f.create("id INT; v STRING", null, null, "row-tracking.enabled", "true");
      for (int c = 0; c < 3; c++) f.write(s("{'id':%d,'v':'a'}\n{'id':%d}", c, c + 100));
      f.op("{'cmd':'compact'}");
      f.write("{'id':9}");
      f.expect("row_tracking", "expected.sys-row_tracking.jsonl", "{'cmd':'system','table':'db.t$row_tracking'}");
    });
    fixture("row_tracking_dv", "row tracking with deletion vectors", f -> {
      f.create("id INT; v STRING", null, null, "row-tracking.enabled", "true", "deletion-vectors.enabled", "true");
      f.write(rows(0, 10, i -> s("{'id':%d,'v':'a%d'}", i, i)));
      f.op("{'cmd':'delete','filter':[['id','<',3]]}");
      f.write("{'id':20}");
      f.expect("row_tracking", "expected.sys-row_tracking.jsonl", "{'cmd':'system','table':'db.t$row_tracking'}");
    });
    fixture("data_evolution", "data-evolution: columns of the same rows in several files", f -> {
      f.create("id INT; a STRING; b STRING", null, null, "row-tracking.enabled", "true", "data-evolution.enabled", "true");
      f.write("{'columns':['id','a']}", rows(0, 10, i -> s("{'id':%d,'a':'a%d'}", i, i)));
      f.write("{'columns':['b'],'first_row_id':0}", rows(0, 10, i -> s("{'b':'b%d'}", i)));
      f.write(rows(10, 14, i -> s("{'id':%d,'a':'a%d','b':'b%d'}", i, i, i)));
      f.write("{'columns':['a'],'first_row_id':0}", rows(0, 10, i -> s("{'a':'new%d'}", i)));
      f.expect("row_tracking", "expected.sys-row_tracking.jsonl", "{'cmd':'system','table':'db.t$row_tracking'}");
    });
    fixture("data_evolution_compacted", "data-evolution files merged by a compaction", f -> {
      f.create("id INT; a STRING; b STRING", null, null, "row-tracking.enabled", "true", "data-evolution.enabled", "true", "compaction.min.file-num", "2");
      f.write(rows(0, 10, i -> s("{'id':%d,'a':'a%d'}", i, i)));
      f.write("{'columns':['b'],'first_row_id':0}", rows(0, 10, i -> s("{'b':'b%d'}", i)));
      f.write(rows(10, 14, i -> s("{'id':%d,'a':'a%d','b':'b%d'}", i, i, i)));
      f.op("{'cmd':'compact'}");
      f.expect("row_tracking", "expected.sys-row_tracking.jsonl", "{'cmd':'system','table':'db.t$row_tracking'}");
    });
    fixture("data_evolution_added_column", "data-evolution with a column added later", f -> {
      f.create("id INT; a STRING", null, null, "row-tracking.enabled", "true", "data-evolution.enabled", "true");
      f.write(rows(0, 6, i -> s("{'id':%d,'a':'a%d'}", i, i)));
      f.alter("[{'op':'add-column','name':'c','type':'DOUBLE'}]");
      f.write("{'columns':['c'],'first_row_id':0}", rows(0, 6, i -> s("{'c':%d.5}", i)));
    });
    fixture("blob", "BLOB column in its own files", f -> {
      f.create("id INT; name STRING; data BLOB", null, null, "row-tracking.enabled", "true", "data-evolution.enabled", "true");
      f.write(rows(0, 8, i -> s("{'id':%d,'name':'n%d','data':%s}", i, i, i == 3 ? "null" : i == 4 ? "''" : "'" + "0a1b2c".repeat(i * 20) + "'")));
      f.write(rows(8, 10, i -> s("{'id':%d,'name':'n%d','data':'ff'}", i, i)));
    });
    fixture("vector", "VECTOR column", f -> {
      f.create("id INT; e VECTOR<FLOAT, 3>", null, null);
      f.write("{'id':1,'e':[1.5,-2,0]}\n{'id':2,'e':[0.25,1,2]}");
    });
    fixture("vector_file", "VECTOR column in its own files (vector.file.format)", f -> {
      f.create("id INT; e VECTOR<FLOAT, 3>", null, null, "row-tracking.enabled", "true", "data-evolution.enabled", "true", "vector.file.format", "parquet");
      f.write("{'id':1,'e':[1.5,-2,0]}\n{'id':2,'e':[0.25,1,2]}");
    });
    fixture("global_index_btree", "global btree index", f -> {
      f.create("id INT; a STRING; b INT", null, null, "row-tracking.enabled", "true", "data-evolution.enabled", "true", "btree-index.records-per-range", "1000");
      f.write(rows(0, 100, i -> s("{'id':%d,'a':'a%d','b':%d}", i, i % 17, i % 5)));
      f.op("{'cmd':'global-index','column':'a'}");
      f.op("{'cmd':'global-index','column':'b'}");
      f.write(rows(100, 110, i -> s("{'id':%d,'a':'a%d','b':%d}", i, i % 17, i % 5)));
      f.expect("a = a3", "expected.filter-eq.jsonl", "{'filter':[['a','=','a3']]}");
      f.expect("b = 2", "expected.filter-b.jsonl", "{'filter':[['b','=',2],['id','<',90]]}");
    });
    fixture("pk_clustering_override", "pk-clustering-override with deletion vectors", f -> {
      f.create(KV, "id", null, "bucket", "1", "deletion-vectors.enabled", "true", "pk-clustering-override", "true", "clustering.columns", "n");
      f.write(kv(0, 20, "a"));
      f.write(kv(5, 9, "b"));
    });
    fixture("chain_table", "chain table with snapshot and delta branches", f -> {
      f.create("dt STRING NOT NULL; id INT NOT NULL; seq INT; v STRING", "dt,id", "dt", "bucket", "1", "bucket-key", "id", "sequence.field", "seq", "merge-engine", "deduplicate",
          "partition.timestamp-pattern", "$dt", "partition.timestamp-formatter", "yyyyMMdd");
      f.op("{'cmd':'create-branch','name':'snap'}");
      f.op("{'cmd':'create-branch','name':'delta'}");
      f.alter("[{'op':'set-option','key':'chain-table.enabled','value':'true'},{'op':'set-option','key':'scan.fallback-snapshot-branch','value':'snap'},{'op':'set-option','key':'scan.fallback-delta-branch','value':'delta'}]");
      f.op("{'cmd':'alter','branch':'snap','changes':[{'op':'set-option','key':'chain-table.enabled','value':'true'},{'op':'set-option','key':'scan.fallback-snapshot-branch','value':'snap'},{'op':'set-option','key':'scan.fallback-delta-branch','value':'delta'}]}");
      f.op("{'cmd':'alter','branch':'delta','changes':[{'op':'set-option','key':'chain-table.enabled','value':'true'},{'op':'set-option','key':'scan.fallback-snapshot-branch','value':'snap'},{'op':'set-option','key':'scan.fallback-delta-branch','value':'delta'}]}");
      f.write("{'branch':'snap'}", "{'dt':'20240101','id':1,'seq':1,'v':'a'}\n{'dt':'20240101','id':2,'seq':1,'v':'a'}");
      f.write("{'branch':'delta'}", "{'dt':'20240102','id':2,'seq':2,'v':'b'}\n{'dt':'20240102','id':3,'seq':2,'v':'b'}");
    });
    for (String fmt : Arrays.asList("parquet", "csv")) {
      fixture("format_table_" + fmt, "format table, " + fmt, f -> {
        f.create("p INT; id INT; v STRING", null, "p", "type", "format-table", "file.format", fmt, "format-table.implementation", "paimon");
        f.write("{'p':1,'id':1,'v':'a'}\n{'p':2,'id':2}");
      });
    }
    fixture("object_table", "object table", f -> {
      f.create("path STRING", null, null, "type", "object-table", "object-location", f.warehouse());
    });
    fixture("external_paths_refused", "data-file.external-paths without a scheme", f -> {
      f.create("id INT", null, null, "data-file.external-paths", "relative/path", "data-file.external-paths.strategy", "round-robin");
      f.write("{'id':1}");
    });
    fixture("pk_expire_partitions_option", "partition.expiration-time set; old partitions dropped on commit", f -> {
      f.create("dt STRING NOT NULL; id INT NOT NULL", "dt,id", "dt", "bucket", "1", "partition.expiration-time", "7 d", "partition.expiration-check-interval", "1 ms", "partition.timestamp-formatter", "yyyy-MM-dd", "end-input.check-partition-expire", "true");
      f.write("{'dt':'2020-01-01','id':1}\n{'dt':'2099-01-01','id':2}");
      f.write("{'dt':'2020-01-02','id':3}\n{'dt':'2099-01-02','id':4}");
    });
    fixture("auto_tag", "tag.automatic-creation=batch", f -> {
      f.create("id INT", null, null, "tag.automatic-creation", "process-time", "tag.creation-period", "daily");
      f.write("{'commit_user':'s','commit_id':1}", "{'id':1}");
    });
  }

  private static final String VARIANTS =
      "{'id':1,'v':{'a':1,'s':'text','n':null,'arr':[1,2.5,'x',true,null,{'d':1}],'obj':{'z':1,'a':2}}}\n{'id':2,'v':'a string'}\n{'id':3,'v':123456789012}\n{'id':4,'v':[]}\n{'id':5}\n{'id':6,'v':{}}\n{'id':7,'v':1.5e300}\n{'id':8,'v':true}\n{'id':9,'v':{'a':'not an int','s':5}}\n{'id':10,'v':-1.25}\n{'id':11,'v':{'json':'null'}}\n{'id':12,'v':'a string that is longer than sixty-three bytes, so that it needs the long string header'}\n";
}
