package rimon;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.paimon.CoreOptions;
import org.apache.paimon.Snapshot;
import org.apache.paimon.append.AppendCompactCoordinator;
import org.apache.paimon.append.AppendCompactTask;
import org.apache.paimon.append.dataevolution.DataEvolutionCompactCoordinator;
import org.apache.paimon.append.dataevolution.DataEvolutionCompactTask;
import org.apache.paimon.catalog.Catalog;
import org.apache.paimon.catalog.CatalogContext;
import org.apache.paimon.catalog.CatalogFactory;
import org.apache.paimon.catalog.Identifier;
import org.apache.paimon.consumer.Consumer;
import org.apache.paimon.data.BinaryRow;
import org.apache.paimon.data.BinaryString;
import org.apache.paimon.data.GenericRow;
import org.apache.paimon.data.InternalRow;
import org.apache.paimon.deletionvectors.BucketedDvMaintainer;
import org.apache.paimon.deletionvectors.DeletionVector;
import org.apache.paimon.deletionvectors.BitmapDeletionVector;
import org.apache.paimon.deletionvectors.Bitmap64DeletionVector;
import org.apache.paimon.deletionvectors.append.AppendDeleteFileMaintainer;
import org.apache.paimon.deletionvectors.append.BaseAppendDeleteFileMaintainer;
import org.apache.paimon.disk.IOManager;
import org.apache.paimon.globalindex.btree.BTreeGlobalIndexBuilder;
import org.apache.paimon.index.BucketAssigner;
import org.apache.paimon.index.HashBucketAssigner;
import org.apache.paimon.index.IndexFileMeta;
import org.apache.paimon.index.SimpleHashBucketAssigner;
import org.apache.paimon.io.CompactIncrement;
import org.apache.paimon.io.DataFileMeta;
import org.apache.paimon.io.DataIncrement;
import org.apache.paimon.manifest.FileKind;
import org.apache.paimon.manifest.IndexManifestEntry;
import org.apache.paimon.manifest.ManifestCommittable;
import org.apache.paimon.manifest.ManifestEntry;
import org.apache.paimon.operation.BaseAppendFileStoreWrite;
import org.apache.paimon.operation.CleanOrphanFilesResult;
import org.apache.paimon.operation.LocalOrphanFilesClean;
import org.apache.paimon.options.ExpireConfig;
import org.apache.paimon.options.Options;
import org.apache.paimon.postpone.BucketFiles;
import org.apache.paimon.predicate.Predicate;
import org.apache.paimon.predicate.PredicateBuilder;
import org.apache.paimon.reader.FileRecordIterator;
import org.apache.paimon.reader.RecordReader;
import org.apache.paimon.schema.Schema;
import org.apache.paimon.schema.SchemaChange;
import org.apache.paimon.shade.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.paimon.shade.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.paimon.shade.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.paimon.shade.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.paimon.stats.ColStats;
import org.apache.paimon.stats.SimpleStats;
import org.apache.paimon.stats.Statistics;
import org.apache.paimon.table.BucketMode;
import org.apache.paimon.table.FileStoreTable;
import org.apache.paimon.table.PostponeUtils;
import org.apache.paimon.table.SpecialFields;
import org.apache.paimon.table.Table;
import org.apache.paimon.table.sink.BatchTableCommit;
import org.apache.paimon.table.sink.BatchWriteBuilder;
import org.apache.paimon.table.sink.CommitMessage;
import org.apache.paimon.table.sink.CommitMessageImpl;
import org.apache.paimon.table.sink.RowKeyExtractor;
import org.apache.paimon.table.sink.TableCommitImpl;
import org.apache.paimon.table.sink.TableWriteImpl;
import org.apache.paimon.table.source.DataSplit;
import org.apache.paimon.table.source.InnerTableRead;
import org.apache.paimon.table.source.ReadBuilder;
import org.apache.paimon.table.source.Split;
import org.apache.paimon.table.source.StreamTableScan;
import org.apache.paimon.table.source.TableRead;
import org.apache.paimon.types.DataField;
import org.apache.paimon.types.DataType;
import org.apache.paimon.types.RowKind;
import org.apache.paimon.types.RowType;
import org.apache.paimon.utils.Pair;

/** Drives Apache Paimon tables from the command line or from JSON lines on stdin. */
public final class Oracle {
  static final ObjectMapper MAPPER = new ObjectMapper();
  static final Comparator<String> BYTES =
      (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  static final String USER = "oracle";

  private final Map<String, Catalog> catalogs = new HashMap<>();
  private final IOManager io;

  public Oracle() {
    File tmp = new File(System.getProperty("java.io.tmpdir"), "oracle-" + ProcessHandle.current().pid());
    tmp.mkdirs();
    tmp.deleteOnExit();
    io = IOManager.create(tmp.getPath());
  }

  /** What a command answers: row lines, or one JSON object as text. */
  static final class Reply {
    final List<String> rows;
    final String object;

    private Reply(List<String> rows, String object) {
      this.rows = rows;
      this.object = object;
    }

    static Reply rows(List<String> r) {
      return new Reply(r, null);
    }

    static Reply object(String s) {
      return new Reply(null, s);
    }
  }

  // ------------------------------------------------------------------ entry points

  public static void main(String[] argv) throws Exception {
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    Oracle oracle = new Oracle();
    int rc = 0;
    if (argv.length > 0 && argv[0].equals("serve")) {
      oracle.serve(out);
    } else {
      try {
        Reply r = oracle.run(arguments(argv));
        if (r.rows != null) r.rows.forEach(out::println);
        else out.println(r.object);
      } catch (Throwable e) {
        System.err.println(error(e));
        rc = 1;
      }
    }
    out.flush();
    oracle.close();
    Runtime.getRuntime().halt(rc);
  }

  private void serve(PrintStream out) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; ) {
      if (line.isBlank()) continue;
      String id = "";
      try {
        ObjectNode a = (ObjectNode) MAPPER.readTree(line);
        if (a.has("id")) id = "\"id\":" + a.get("id") + ",";
        if ("quit".equals(text(a, "cmd"))) break;
        Reply r = run(a);
        String body = r.rows != null ? "\"rows\":[" + String.join(",", r.rows) + "]" : "\"result\":" + r.object;
        out.println("{" + id + "\"ok\":true," + body + "}");
      } catch (Throwable e) {
        out.println("{" + id + "\"ok\":false," + error(e).substring(1));
      }
      out.flush();
    }
  }

  void close() throws Exception {
    for (Catalog c : catalogs.values()) c.close();
    io.close();
  }

  static String error(Throwable e) {
    StringBuilder m = new StringBuilder();
    Set<Throwable> seen = new HashSet<>();
    for (Throwable t = e; t != null && seen.add(t); t = t.getCause()) {
      if (m.length() > 0) m.append(" <- ");
      m.append(t.getMessage() == null ? t.getClass().getSimpleName() : t.getMessage());
    }
    if (System.getenv("ORACLE_TRACE") != null) e.printStackTrace();
    return "{\"error\":" + Values.quote(m.toString()) + ",\"exception\":" + Values.quote(e.getClass().getName()) + "}";
  }

  /** Turns {@code cmd WAREHOUSE TABLE [FILE] --key value ...} into the object that serve mode reads. */
  static ObjectNode arguments(String[] argv) throws Exception {
    ObjectNode a = MAPPER.createObjectNode();
    List<String> pos = new ArrayList<>();
    for (int i = 0; i < argv.length; i++) {
      if (!argv[i].startsWith("--")) {
        pos.add(argv[i]);
        continue;
      }
      String k = argv[i].substring(2).replace('-', '_');
      boolean flag = i + 1 >= argv.length || argv[i + 1].startsWith("--");
      if (flag) {
        a.put(k, true);
        continue;
      }
      String v = argv[++i];
      if (k.equals("option") || k.equals("catalog")) {
        String name = k.equals("option") ? "options" : "catalog";
        ObjectNode o = a.has(name) ? (ObjectNode) a.get(name) : a.putObject(name);
        int eq = v.indexOf('=');
        o.put(v.substring(0, eq), v.substring(eq + 1));
      } else if (v.startsWith("{") || v.startsWith("[")) {
        a.set(k, MAPPER.readTree(v));
      } else {
        a.put(k, v);
      }
    }
    if (pos.isEmpty()) throw new IllegalArgumentException("no command; see README.md");
    a.put("cmd", pos.get(0));
    if (pos.size() > 1) a.put("warehouse", pos.get(1));
    if (pos.size() > 2) a.put("table", pos.get(2));
    if (pos.size() > 3) {
      String f = pos.get(3);
      switch (pos.get(0)) {
        case "create":
          a.set("spec", MAPPER.readTree(new File(f)));
          break;
        case "alter":
          a.set("changes", MAPPER.readTree(new File(f)));
          break;
        case "write":
        case "bucket":
          ArrayNode rows = a.putArray("rows");
          for (String l : Files.readAllLines(Paths.get(f))) if (!l.isBlank()) rows.add(MAPPER.readTree(l));
          break;
        default:
          a.put("name", f);
      }
    }
    return a;
  }

  // ------------------------------------------------------------------ dispatch

  Reply run(ObjectNode a) throws Exception {
    String cmd = text(a, "cmd");
    switch (cmd) {
      case "ping":
        return Reply.object("\"pong\"");
      case "version":
        return Reply.object(Values.quote(version()));
      case "create":
        return create(a);
      case "drop":
        catalog(a).dropTable(identifier(a), true);
        return ok();
      case "rename":
        catalog(a).renameTable(identifier(a), Identifier.fromString(text(a, "to")), false);
        return ok();
      case "tables":
        return rows(catalog(a).listTables(text(a, "db")), true);
      case "schema":
        return Reply.object(MAPPER.readTree(table(a).schema().toString()).toString());
      case "alter":
        catalog(a).alterTable(identifier(a), changes(a.get("changes")), false);
        return Reply.object("{\"schema\":" + table(a).schema().id() + "}");
      case "write":
        return write(a);
      case "commit-messages":
        return Messages.commit(table(a), a);
      case "echo-messages":
        return Messages.reply(Messages.read(a));
      case "bucket":
        return bucket(a);
      case "delete":
        return delete(a);
      case "read":
      case "system":
        return read(a);
      case "changelog":
        return changelog(a);
      case "compact":
        return compact(a);
      case "compact-manifest":
        try (BatchTableCommit c = table(a).newBatchWriteBuilder().newCommit()) {
          c.compactManifests();
        }
        return latest(a);
      case "truncate":
        return truncate(a);
      case "analyze":
        return analyze(a);
      case "global-index":
        return globalIndex(a);
      case "expire-snapshots":
        return expire(a);
      case "create-tag":
        return createTag(a);
      case "delete-tag":
        table(a).deleteTag(text(a, "name"));
        return ok();
      case "rename-tag":
        table(a).renameTag(text(a, "name"), text(a, "to"));
        return ok();
      case "rollback":
        if (a.has("tag")) table(a).rollbackTo(text(a, "tag"));
        else table(a).rollbackTo(a.get("snapshot").asLong());
        return latest(a);
      case "create-branch":
        if (a.has("tag")) table(a).createBranch(text(a, "name"), text(a, "tag"));
        else table(a).createBranch(text(a, "name"));
        return ok();
      case "delete-branch":
        table(a).deleteBranch(text(a, "name"));
        return ok();
      case "fast-forward":
        table(a).fastForward(text(a, "name"));
        return latest(a);
      case "consumer":
        return consumer(a);
      case "remove-orphans":
        return orphans(a);
      case "snapshots":
        return snapshots(a);
      case "files":
        return files(a);
      case "index-files":
        return indexFiles(a);
      case "splits":
        return splits(a);
      default:
        throw new IllegalArgumentException("unknown command: " + cmd);
    }
  }

  static String version() {
    try (java.io.InputStream in =
        Oracle.class.getResourceAsStream("/META-INF/maven/org.apache.paimon/paimon-core/pom.properties")) {
      java.util.Properties p = new java.util.Properties();
      if (in != null) p.load(in);
      return p.getProperty("version", "unknown");
    } catch (Exception e) {
      return "unknown";
    }
  }

  // ------------------------------------------------------------------ shared parts

  static String text(JsonNode a, String k) {
    JsonNode v = a.get(k);
    return v == null || v.isNull() ? null : v.asText();
  }

  static boolean flag(JsonNode a, String k) {
    JsonNode v = a.get(k);
    return v != null && (v.isBoolean() ? v.asBoolean() : Boolean.parseBoolean(v.asText()));
  }

  static Map<String, String> map(JsonNode n) {
    Map<String, String> m = new LinkedHashMap<>();
    if (n != null && !n.isNull()) n.fields().forEachRemaining(e -> m.put(e.getKey(), e.getValue().isNull() ? null : e.getValue().asText()));
    return m;
  }

  static List<String> list(JsonNode n) {
    List<String> l = new ArrayList<>();
    if (n == null || n.isNull()) return l;
    if (n.isArray()) n.forEach(x -> l.add(x.asText()));
    else for (String s : n.asText().split(",")) if (!s.isBlank()) l.add(s.trim());
    return l;
  }

  static Reply ok() {
    return Reply.object("{}");
  }

  static Reply rows(List<String> l, boolean quote) {
    List<String> out = new ArrayList<>();
    for (String s : l) out.add(quote ? Values.quote(s) : s);
    return Reply.rows(out);
  }

  Catalog catalog(JsonNode a) {
    String key = text(a, "warehouse") + "\0" + map(a.get("catalog"));
    return catalogs.computeIfAbsent(
        key,
        k -> {
          Options o = new Options();
          o.set("warehouse", text(a, "warehouse"));
          o.set("cache-enabled", "false");
          map(a.get("catalog")).forEach(o::set);
          return CatalogFactory.createCatalog(CatalogContext.create(o));
        });
  }

  static Identifier identifier(JsonNode a) {
    Identifier i = Identifier.fromString(text(a, "table"));
    String b = text(a, "branch");
    return b == null || i.getBranchName() != null
        ? i
        : new Identifier(i.getDatabaseName(), i.getTableName(), b, i.getSystemTableName());
  }

  Table anyTable(JsonNode a) throws Exception {
    Table t = catalog(a).getTable(identifier(a));
    Map<String, String> o = map(a.get("options"));
    return o.isEmpty() ? t : t.copy(o);
  }

  FileStoreTable table(JsonNode a) throws Exception {
    return (FileStoreTable) anyTable(a);
  }

  Reply latest(JsonNode a) throws Exception {
    Snapshot s = table(a).snapshotManager().latestSnapshot();
    return Reply.object("{\"snapshot\":" + (s == null ? "null" : s.id()) + "}");
  }

  // ------------------------------------------------------------------ DDL

  Reply create(JsonNode a) throws Exception {
    JsonNode s = a.get("spec");
    Schema.Builder b = Schema.newBuilder();
    for (JsonNode c : s.get("columns")) {
      DataType t = Types.parse(c.get("type"));
      if (c.has("default")) b.column(text(c, "name"), t, text(c, "comment"), text(c, "default"));
      else b.column(text(c, "name"), t, text(c, "comment"));
    }
    if (s.has("primary_keys")) b.primaryKey(list(s.get("primary_keys")));
    if (s.has("partition_keys")) b.partitionKeys(list(s.get("partition_keys")));
    if (s.has("options")) b.options(map(s.get("options")));
    if (s.has("comment")) b.comment(text(s, "comment"));
    Identifier id = identifier(a);
    catalog(a).createDatabase(id.getDatabaseName(), true);
    catalog(a).createTable(id, b.build(), false);
    return ok();
  }

  private static String[] path(JsonNode n) {
    return n.isArray() ? list(n).toArray(new String[0]) : new String[] {n.asText()};
  }

  private static SchemaChange.Move move(JsonNode c, String name) {
    if (flag(c, "first")) return SchemaChange.Move.first(name);
    if (flag(c, "last")) return SchemaChange.Move.last(name);
    if (c.has("after")) return SchemaChange.Move.after(name, text(c, "after"));
    if (c.has("before")) return SchemaChange.Move.before(name, text(c, "before"));
    return null;
  }

  static List<SchemaChange> changes(JsonNode l) {
    List<SchemaChange> out = new ArrayList<>();
    for (JsonNode c : l) {
      String[] name = c.has("name") ? path(c.get("name")) : null;
      switch (text(c, "op")) {
        case "add-column":
          out.add(SchemaChange.addColumn(name, Types.parse(c.get("type")), text(c, "comment"), move(c, name[name.length - 1])));
          break;
        case "drop-column":
          out.add(SchemaChange.dropColumn(name));
          break;
        case "rename-column":
          out.add(SchemaChange.renameColumn(name, text(c, "to")));
          break;
        case "update-type":
          out.add(SchemaChange.updateColumnType(name, Types.parse(c.get("type")), flag(c, "keep_nullability")));
          break;
        case "update-nullability":
          out.add(SchemaChange.updateColumnNullability(name, flag(c, "nullable")));
          break;
        case "update-comment":
          out.add(SchemaChange.updateColumnComment(name, text(c, "comment")));
          break;
        case "update-default":
          out.add(SchemaChange.updateColumnDefaultValue(name, text(c, "default")));
          break;
        case "update-position":
          out.add(SchemaChange.updateColumnPosition(move(c, name[0])));
          break;
        case "set-option":
          out.add(SchemaChange.setOption(text(c, "key"), text(c, "value")));
          break;
        case "reset-option":
          out.add(SchemaChange.removeOption(text(c, "key")));
          break;
        case "table-comment":
          out.add(SchemaChange.updateComment(text(c, "comment")));
          break;
        case "drop-primary-key":
          out.add(SchemaChange.dropPrimaryKey());
          break;
        default:
          throw new IllegalArgumentException("unknown change: " + c);
      }
    }
    return out;
  }

  // ------------------------------------------------------------------ write

  private interface Sink {
    Pair<BinaryRow, Integer> write(GenericRow row) throws Exception;
  }

  Reply write(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    String user = a.has("commit_user") ? text(a, "commit_user") : USER;
    long id = a.has("commit_id") ? a.get("commit_id").asLong() : BatchWriteBuilder.COMMIT_IDENTIFIER;
    Map<String, String> overwrite = a.has("overwrite") ? map(a.get("overwrite")) : null;
    RowType type = t.rowType();
    long before = latestId(t);
    TableWriteImpl<?> w = t.newWrite(user);
    TableCommitImpl c = t.newCommit(user);
    try {
      w.withIOManager(io);
      if (overwrite != null) {
        w.withIgnorePreviousFiles(true);
        c.withOverwrite(overwrite);
      }
      if (a.has("columns")) {
        type = type.project(list(a.get("columns")));
        w.withWriteType(type);
      }
      c.ignoreEmptyCommit(!flag(a, "force_commit"));
      Sink sink = sink(t, w, user, overwrite != null);
      Set<Pair<BinaryRow, Integer>> touched = new LinkedHashSet<>();
      if (a.has("rows")) {
        for (JsonNode r : a.get("rows")) touched.add(sink.write(Values.row(r, type)));
      }
      String compact = text(a, "compact");
      if (compact != null) for (Pair<BinaryRow, Integer> p : touched) w.compact(p.getLeft(), p.getRight(), compact.equals("full"));
      List<CommitMessage> msgs = w.prepareCommit(!flag(a, "no_wait"), id);
      if (a.has("first_row_id")) firstRowId(msgs, a.get("first_row_id").asLong());
      if (flag(a, "prepare")) return Messages.reply(msgs);
      commit(c, id, a, msgs);
    } finally {
      w.close();
      c.close();
    }
    return committed(t, before);
  }

  private static void commit(TableCommitImpl c, long id, JsonNode a, List<CommitMessage> msgs) {
    Long watermark = a.has("watermark") ? a.get("watermark").asLong() : null;
    ManifestCommittable mc = new ManifestCommittable(id, watermark, msgs, map(a.get("properties")));
    if (flag(a, "recover")) c.filterAndCommitMultiple(Collections.singletonList(mc), true);
    else c.commit(mc);
  }

  private static void firstRowId(List<CommitMessage> msgs, long first) {
    for (CommitMessage m : msgs) {
      List<DataFileMeta> files = ((CommitMessageImpl) m).newFilesIncrement().newFiles();
      List<DataFileMeta> copy = new ArrayList<>();
      for (DataFileMeta f : files) copy.add(f.assignFirstRowId(first));
      files.clear();
      files.addAll(copy);
    }
  }

  static long latestId(FileStoreTable t) {
    Long id = t.snapshotManager().latestSnapshotId();
    return id == null ? 0 : id;
  }

  private static Reply committed(FileStoreTable t, long before) {
    List<String> ids = new ArrayList<>();
    long last = latestId(t);
    for (long i = before + 1; i <= last; i++) ids.add("[" + i + "," + Values.quote(t.snapshot(i).commitKind().toString()) + "]");
    return Reply.object("{\"snapshot\":" + last + ",\"created\":[" + String.join(",", ids) + "]}");
  }

  private Sink sink(FileStoreTable t, TableWriteImpl<?> w, String user, boolean overwrite) throws Exception {
    CoreOptions o = t.coreOptions();
    RowKeyExtractor keys = t.createRowKeyExtractor();
    switch (t.bucketMode()) {
      case HASH_DYNAMIC:
        Integer init = o.toConfiguration().get(CoreOptions.DYNAMIC_BUCKET_INITIAL_BUCKETS);
        BucketAssigner assigner =
            overwrite
                ? new SimpleHashBucketAssigner(1, 0, o.dynamicBucketTargetRowNum(), o.dynamicBucketMaxBuckets())
                : new HashBucketAssigner(
                    t.snapshotManager(), user, t.store().newIndexFileHandler(), 1, 1, 0,
                    o.dynamicBucketTargetRowNum(), o.dynamicBucketMaxBuckets());
        return row -> {
          keys.setRecord(row);
          BinaryRow p = keys.partition().copy();
          int b = assigner.assign(p, keys.trimmedPrimaryKey().hashCode());
          w.write(row, b);
          return Pair.of(p, b);
        };
      case KEY_DYNAMIC:
        return crossPartition(t, w);
      default:
        return row -> {
          BinaryRow p = w.getPartition(row).copy();
          int b = w.getBucket(row);
          w.write(row);
          return Pair.of(p, b);
        };
    }
  }

  /**
   * Cross-partition upsert. The engines keep a local key index; here the index is rebuilt from a read of the table, with
   * the same effect: a key lives in one partition, and moving it writes a delete there.
   */
  private Sink crossPartition(FileStoreTable t, TableWriteImpl<?> w) throws Exception {
    List<String> pk = t.primaryKeys(), part = t.partitionKeys();
    RowType type = t.rowType();
    int[] pi = part.stream().mapToInt(type::getFieldIndex).toArray();
    Map<String, Object[]> index = new HashMap<>();
    Map<String, Integer> counts = new HashMap<>();
    for (DataSplit s : t.newSnapshotReader().read().dataSplits()) {
      try (RecordReader<InternalRow> r = t.newRead().withIOManager(io).createReader(s)) {
        r.forEachRemaining(
            row -> {
              Object[] vals = new Object[pi.length];
              for (int i = 0; i < pi.length; i++) {
                Object v = InternalRow.createFieldGetter(type.getTypeAt(pi[i]), pi[i]).getFieldOrNull(row);
                vals[i] = v instanceof BinaryString ? ((BinaryString) v).copy() : v;
              }
              index.put(key(row, type, pk), new Object[] {vals, s.bucket()});
              counts.merge(key(row, type, part) + "/" + s.bucket(), 1, Integer::sum);
            });
      }
    }
    long target = t.coreOptions().dynamicBucketTargetRowNum();
    CoreOptions.MergeEngine engine = t.coreOptions().mergeEngine();
    return row -> {
      String k = key(row, type, pk);
      Object[] now = new Object[pi.length];
      for (int i = 0; i < pi.length; i++) now[i] = row.getField(pi[i]);
      Object[] old = index.get(k);
      if (old != null && !Arrays.equals((Object[]) old[0], now)) {
        int oldBucket = (Integer) old[1];
        Object[] oldPart = (Object[]) old[0];
        if (engine == CoreOptions.MergeEngine.FIRST_ROW) {
          return Pair.of(w.getPartition(withPartition(row, pi, oldPart, row.getRowKind())).copy(), oldBucket);
        }
        if (engine != CoreOptions.MergeEngine.DEDUPLICATE || row.getRowKind().isRetract()) {
          GenericRow moved = withPartition(row, pi, oldPart, row.getRowKind());
          w.write(moved, oldBucket);
          return Pair.of(w.getPartition(moved).copy(), oldBucket);
        }
        w.write(withPartition(row, pi, oldPart, RowKind.DELETE), oldBucket);
        old = null;
      }
      int b = 0;
      if (old != null) {
        b = (Integer) old[1];
      } else {
        String p = key(row, type, part);
        while (counts.getOrDefault(p + "/" + b, 0) >= target) b++;
        counts.merge(p + "/" + b, 1, Integer::sum);
      }
      index.put(k, new Object[] {now, b});
      w.write(row, b);
      return Pair.of(w.getPartition(row).copy(), b);
    };
  }

  private static GenericRow withPartition(GenericRow row, int[] pi, Object[] part, RowKind kind) {
    GenericRow r = new GenericRow(kind, row.getFieldCount());
    for (int i = 0; i < row.getFieldCount(); i++) r.setField(i, row.getField(i));
    for (int i = 0; i < pi.length; i++) r.setField(pi[i], part[i]);
    return r;
  }

  private static String key(InternalRow row, RowType type, List<String> names) {
    StringBuilder b = new StringBuilder();
    for (String n : names) {
      int i = type.getFieldIndex(n);
      Values.encode(b, InternalRow.createFieldGetter(type.getTypeAt(i), i).getFieldOrNull(row), type.getTypeAt(i));
      b.append('|');
    }
    return b.toString();
  }

  Reply bucket(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    List<String> out = new ArrayList<>();
    RowType pt = t.schema().logicalPartitionType();
    try (TableWriteImpl<?> w = t.newWrite(USER)) {
      for (JsonNode r : a.get("rows")) {
        GenericRow row = Values.row(r, t.rowType());
        BinaryRow p = w.getPartition(row);
        StringBuilder b = new StringBuilder("{\"partition\":");
        Values.encodeRow(b, p, pt);
        b.append(",\"partition_path\":").append(Values.quote(t.store().pathFactory().getPartitionString(p)));
        b.append(",\"bucket\":").append(w.getBucket(row)).append('}');
        out.add(b.toString());
      }
    }
    return Reply.rows(out);
  }

  /** Deletes by filter in an append table with deletion vectors. */
  Reply delete(JsonNode a) throws Exception {
    Map<String, String> one = new HashMap<>();
    one.put("source.split.target-size", "1 b");
    one.put("source.split.open-file-cost", "1 b");
    FileStoreTable t = table(a).copy(one);
    Predicate filter = predicate(t.rowType(), a.get("filter"));
    Snapshot snapshot = t.snapshotManager().latestSnapshot();
    Map<Pair<BinaryRow, Integer>, Map<String, DeletionVector>> found = new LinkedHashMap<>();
    boolean wide = t.coreOptions().deletionVectorBitmap64();
    for (DataSplit s : t.newSnapshotReader().withSnapshot(snapshot).read().dataSplits()) {
      if (s.dataFiles().size() != 1) throw new IllegalStateException("split with several files");
      DeletionVector dv = wide ? new Bitmap64DeletionVector() : new BitmapDeletionVector();
      try (RecordReader<InternalRow> r = t.newRead().withIOManager(io).createReader(s)) {
        for (RecordReader.RecordIterator<InternalRow> it; (it = r.readBatch()) != null; it.releaseBatch()) {
          FileRecordIterator<InternalRow> f = (FileRecordIterator<InternalRow>) it;
          for (InternalRow row; (row = f.next()) != null; ) if (filter.test(row)) dv.delete(f.returnedPosition());
        }
      }
      if (!dv.isEmpty()) {
        found.computeIfAbsent(Pair.of(s.partition(), s.bucket()), k -> new LinkedHashMap<>())
            .put(s.dataFiles().get(0).fileName(), dv);
      }
    }
    List<CommitMessage> msgs = new ArrayList<>();
    for (Map.Entry<Pair<BinaryRow, Integer>, Map<String, DeletionVector>> e : found.entrySet()) {
      BinaryRow p = e.getKey().getLeft();
      int b = e.getKey().getRight();
      BaseAppendDeleteFileMaintainer m =
          t.bucketMode() == BucketMode.BUCKET_UNAWARE
              ? BaseAppendDeleteFileMaintainer.forUnawareAppend(t.store().newIndexFileHandler(), snapshot, p)
              : BaseAppendDeleteFileMaintainer.forBucketedAppend(t.store().newIndexFileHandler(), snapshot, p, b);
      e.getValue().forEach(m::notifyNewDeletionVector);
      List<IndexFileMeta> add = new ArrayList<>(), del = new ArrayList<>();
      for (IndexManifestEntry x : m.persist()) (x.kind() == FileKind.ADD ? add : del).add(x.indexFile());
      msgs.add(
          new CommitMessageImpl(
              p, b, null,
              new DataIncrement(Collections.emptyList(), Collections.emptyList(), Collections.emptyList(), add, del),
              CompactIncrement.emptyIncrement()));
    }
    long before = latestId(t);
    try (TableCommitImpl c = t.newCommit(USER)) {
      c.ignoreEmptyCommit(true);
      c.commit(BatchWriteBuilder.COMMIT_IDENTIFIER, msgs);
    }
    return committed(t, before);
  }

  Reply truncate(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    long before = latestId(t);
    try (BatchTableCommit c = t.newBatchWriteBuilder().newCommit()) {
      if (a.has("partitions")) {
        List<Map<String, String>> l = new ArrayList<>();
        for (JsonNode p : a.get("partitions")) l.add(map(p));
        c.truncatePartitions(l);
      } else {
        c.truncateTable();
      }
    }
    return committed(t, before);
  }

  // ------------------------------------------------------------------ read

  Reply read(JsonNode a) throws Exception {
    Table t = anyTable(a);
    Map<String, String> o = new HashMap<>();
    if (a.has("snapshot")) o.put("scan.snapshot-id", text(a, "snapshot"));
    if (a.has("tag")) o.put("scan.tag-name", text(a, "tag"));
    if (a.has("timestamp")) o.put("scan.timestamp-millis", text(a, "timestamp"));
    if (a.has("watermark")) o.put("scan.watermark", text(a, "watermark"));
    if (a.has("version")) o.put("scan.version", text(a, "version"));
    if (a.has("incremental")) o.put("incremental-between", text(a, "incremental"));
    if (a.has("incremental_timestamp")) o.put("incremental-between-timestamp", text(a, "incremental_timestamp"));
    if (!o.isEmpty()) t = t.copy(o);
    ReadBuilder rb = t.newReadBuilder();
    RowType type = t.rowType();
    Predicate filter = predicate(type, a.get("filter"));
    if (a.has("projection")) {
      List<String> names = list(a.get("projection"));
      type = type.project(names);
      rb.withReadType(type);
    }
    if (filter != null) rb.withFilter(filter);
    TableRead read = rb.newRead().withIOManager(io);
    if (flag(a, "raw_kinds") && read instanceof InnerTableRead) ((InnerTableRead) read).forceKeepDelete();
    if (filter != null && !flag(a, "no_execute_filter")) read.executeFilter();
    List<String> out = new ArrayList<>();
    collect(read, rb.newScan().plan().splits(), type, out, null, flag(a, "raw_kinds"));
    return rows(sorted(a, out), false);
  }

  private static List<String> sorted(JsonNode a, List<String> out) {
    if (flag(a, "sorted")) out.sort(BYTES);
    return out;
  }

  /** Files keep +U for updated rows; a plain batch read prints +I for both unless raw kinds are asked for. */
  private static void collect(
      TableRead read, List<Split> splits, RowType type, List<String> out, Long snapshot, boolean raw) throws Exception {
    for (Split s : splits) {
      try (RecordReader<InternalRow> r = read.createReader(s)) {
        r.forEachRemaining(
            row -> {
              StringBuilder b = new StringBuilder();
              RowKind k = row.getRowKind() == RowKind.UPDATE_AFTER && !raw ? RowKind.INSERT : row.getRowKind();
              String kind = "\"" + k.shortString() + "\"";
              if (snapshot == null) Values.encodeRow(b, row, type, "_kind", kind);
              else Values.encodeRow(b, row, type, "_snapshot", snapshot.toString(), "_kind", kind);
              out.add(b.toString());
            });
      }
    }
  }

  Reply changelog(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    long until = a.has("until") ? a.get("until").asLong() : latestId(t);
    Map<String, String> o = new HashMap<>();
    if (a.has("scan_mode")) {
      o.put("scan.mode", text(a, "scan_mode"));
    } else {
      o.put("scan.mode", flag(a, "full") ? "from-snapshot-full" : "from-snapshot");
    }
    if (a.has("from")) o.put("scan.snapshot-id", text(a, "from"));
    t = t.copy(o);
    ReadBuilder rb = t.newReadBuilder();
    RowType type = t.rowType();
    if (a.has("projection")) {
      type = type.project(list(a.get("projection")));
      rb.withReadType(type);
    }
    StreamTableScan scan = rb.newStreamScan();
    TableRead read = rb.newRead().withIOManager(io);
    List<String> out = new ArrayList<>();
    int idle = 0;
    while (scan.checkpoint() == null || scan.checkpoint() <= until) {
      List<Split> splits = scan.plan().splits();
      Long next = scan.checkpoint();
      if (splits.isEmpty()) {
        if (++idle > 3) break;
        continue;
      }
      idle = 0;
      collect(read, splits, type, out, next == null ? null : next - 1, true);
    }
    return rows(sorted(a, out), false);
  }

  /** {@code [["a", ">", 5], ["b", "in", [1, 2]]]}, {@code {"or": [...]}}, or text such as {@code a > 5 and b = "x"}. */
  static Predicate predicate(RowType type, JsonNode f) throws Exception {
    if (f == null || f.isNull()) return null;
    if (f.isTextual()) return predicate(type, parseFilter(f.asText()));
    if (f.isObject()) {
      boolean or = f.has("or");
      List<Predicate> l = new ArrayList<>();
      for (JsonNode x : f.get(or ? "or" : "and")) l.add(predicate(type, x));
      return or ? PredicateBuilder.or(l) : PredicateBuilder.and(l);
    }
    if (f.size() > 0 && !f.get(0).isTextual()) {
      List<Predicate> l = new ArrayList<>();
      for (JsonNode x : f) l.add(predicate(type, x));
      return PredicateBuilder.and(l);
    }
    PredicateBuilder b = new PredicateBuilder(type);
    int i = b.indexOf(f.get(0).asText());
    if (i < 0) throw new IllegalArgumentException("unknown column in filter: " + f.get(0).asText());
    DataType t = type.getTypeAt(i);
    JsonNode v = f.get(2);
    switch (f.get(1).asText().toLowerCase()) {
      case "=":
        return b.equal(i, Values.decode(v, t));
      case "!=":
      case "<>":
        return b.notEqual(i, Values.decode(v, t));
      case "<":
        return b.lessThan(i, Values.decode(v, t));
      case "<=":
        return b.lessOrEqual(i, Values.decode(v, t));
      case ">":
        return b.greaterThan(i, Values.decode(v, t));
      case ">=":
        return b.greaterOrEqual(i, Values.decode(v, t));
      case "is-null":
        return b.isNull(i);
      case "is-not-null":
        return b.isNotNull(i);
      case "starts-with":
        return b.startsWith(i, Values.decode(v, t));
      case "ends-with":
        return b.endsWith(i, Values.decode(v, t));
      case "contains":
        return b.contains(i, Values.decode(v, t));
      case "like":
        return b.like(i, Values.decode(v, t));
      case "between":
        return b.between(i, Values.decode(v.get(0), t), Values.decode(v.get(1), t));
      case "in":
      case "not-in":
        List<Object> l = new ArrayList<>();
        for (JsonNode x : v) l.add(Values.decode(x, t));
        return f.get(1).asText().equalsIgnoreCase("in") ? b.in(i, l) : b.notIn(i, l);
      default:
        throw new IllegalArgumentException("unknown operator: " + f.get(1));
    }
  }

  private static JsonNode parseFilter(String s) throws Exception {
    if (s.startsWith("[") || s.startsWith("{")) return MAPPER.readTree(s);
    ArrayNode all = MAPPER.createArrayNode();
    for (String part : s.split("(?i)\\s+and\\s+")) {
      String[] w = part.trim().split("\\s+", 3);
      ArrayNode c = all.addArray();
      c.add(w[0]).add(w[1]);
      if (w.length == 3) {
        String lit = w[2].replaceAll("^'(.*)'$", "\"$1\"");
        boolean json = lit.matches("(?s)[\\[\"].*|-?[0-9.]+([eE][-+]?[0-9]+)?|true|false|null");
        if (json) c.add(MAPPER.readTree(lit));
        else c.add(lit);
      }
    }
    return all;
  }

  // ------------------------------------------------------------------ maintenance

  Reply compact(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    if (t.coreOptions().writeOnly()) t = t.copy(Collections.singletonMap("write-only", "false"));
    boolean full = !"minor".equals(text(a, "mode"));
    long id = a.has("commit_id") ? a.get("commit_id").asLong() : BatchWriteBuilder.COMMIT_IDENTIFIER;
    String user = a.has("commit_user") ? text(a, "commit_user") : USER;
    long before = latestId(t);
    List<CommitMessage> msgs = new ArrayList<>();
    TableWriteImpl<?> w = null;
    FileStoreTable ct = t;
    try {
      switch (t.bucketMode()) {
        case BUCKET_UNAWARE:
          if (t.coreOptions().dataEvolutionEnabled()) {
            DataEvolutionCompactCoordinator dc = new DataEvolutionCompactCoordinator(t, flag(a, "blobs"), flag(a, "vectors"));
            List<DataEvolutionCompactTask> dt = new ArrayList<>();
            try {
              for (List<DataEvolutionCompactTask> l; !(l = dc.plan()).isEmpty(); ) dt.addAll(l);
            } catch (org.apache.paimon.table.source.EndOfScanException e) {
              // all files planned
            }
            for (DataEvolutionCompactTask task : dt) msgs.add(task.doCompact(t, user));
            break;
          }
          BaseAppendFileStoreWrite aw = (BaseAppendFileStoreWrite) t.store().newWrite(user);
          aw.withIOManager(io);
          if (t.coreOptions().rowTrackingEnabled()) aw.withWriteType(SpecialFields.rowTypeWithRowTracking(t.rowType()));
          Map<String, String> all = new HashMap<>();
          if (full) all.put("compaction.min.file-num", "2");
          AppendCompactCoordinator co = new AppendCompactCoordinator(t.copy(all), false);
          List<AppendCompactTask> tasks = new ArrayList<>();
          try {
            for (List<AppendCompactTask> l; !(l = co.run()).isEmpty(); ) tasks.addAll(l);
          } catch (org.apache.paimon.table.source.EndOfScanException e) {
            // all files planned
          }
          for (AppendCompactTask task : tasks) msgs.add(task.doCompact(t, aw));
          break;
        case POSTPONE_MODE:
          msgs.addAll(postpone(t, a));
          ct = PostponeUtils.tableForCommit(t);
          break;
        default:
          w = t.newWrite(user);
          w.withIOManager(io);
          Set<Pair<BinaryRow, Integer>> buckets = new LinkedHashSet<>();
          for (ManifestEntry e : t.store().newScan().plan().files()) buckets.add(Pair.of(e.partition(), e.bucket()));
          for (Pair<BinaryRow, Integer> p : buckets) {
            if (a.has("bucket") && a.get("bucket").asInt() != p.getRight()) continue;
            w.compact(p.getLeft(), p.getRight(), full);
          }
          msgs.addAll(w.prepareCommit(true, id));
      }
      if (flag(a, "prepare")) return Messages.reply(msgs);
      try (TableCommitImpl c = ct.newCommit(user)) {
        c.ignoreEmptyCommit(!flag(a, "force_commit"));
        c.commit(id, msgs);
      }
    } finally {
      if (w != null) w.close();
    }
    return committed(t, before);
  }

  /** Moves the files of the postpone bucket into real buckets, one partition after the other. */
  private List<CommitMessage> postpone(FileStoreTable t, JsonNode a) throws Exception {
    Map<BinaryRow, List<DataFileMeta>> waiting = new LinkedHashMap<>();
    for (ManifestEntry e : t.store().newScan().withBucket(BucketMode.POSTPONE_BUCKET).plan().files()) {
      waiting.computeIfAbsent(e.partition(), k -> new ArrayList<>()).add(e.file());
    }
    Map<BinaryRow, Integer> known = PostponeUtils.getKnownNumBuckets(t);
    List<CommitMessage> out = new ArrayList<>();
    for (Map.Entry<BinaryRow, List<DataFileMeta>> p : waiting.entrySet()) {
      int buckets = known.getOrDefault(p.getKey(), a.has("buckets") ? a.get("buckets").asInt() : 1);
      Map<String, String> o = new HashMap<>();
      o.put("bucket", String.valueOf(buckets));
      FileStoreTable fixed = t.copy(o);
      List<DataFileMeta> files = new ArrayList<>(p.getValue());
      files.sort(Comparator.comparing(DataFileMeta::creationTime).thenComparing(DataFileMeta::fileName));
      try (TableWriteImpl<?> w = fixed.newWrite(USER)) {
        w.withIOManager(io);
        for (DataFileMeta f : files) {
          DataSplit s =
              DataSplit.builder()
                  .withPartition(p.getKey())
                  .withBucket(BucketMode.POSTPONE_BUCKET)
                  .withBucketPath(t.store().pathFactory().bucketPath(p.getKey(), BucketMode.POSTPONE_BUCKET).toString())
                  .withDataFiles(Collections.singletonList(f))
                  .isStreaming(true)
                  .withSnapshot(0)
                  .build();
          try (RecordReader<InternalRow> r = t.newRead().withIOManager(io).createReader(s)) {
            for (RecordReader.RecordIterator<InternalRow> it; (it = r.readBatch()) != null; it.releaseBatch()) {
              for (InternalRow row; (row = it.next()) != null; ) w.write(row);
            }
          }
        }
        Map<Pair<BinaryRow, Integer>, BucketFiles> byBucket = new LinkedHashMap<>();
        for (CommitMessage m : w.prepareCommit(true, BatchWriteBuilder.COMMIT_IDENTIFIER)) {
          CommitMessageImpl x = (CommitMessageImpl) m;
          byBucket
              .computeIfAbsent(
                  Pair.of(x.partition(), x.bucket()),
                  k -> new BucketFiles(fixed.store().pathFactory().createDataFilePathFactory(x.partition(), x.bucket()), t.fileIO()))
              .update(x);
        }
        byBucket.forEach((k, v) -> out.add(v.makeMessage(k.getLeft(), k.getRight())));
      }
      out.add(
          new CommitMessageImpl(
              p.getKey(), BucketMode.POSTPONE_BUCKET, BucketMode.POSTPONE_BUCKET, DataIncrement.emptyIncrement(),
              new CompactIncrement(p.getValue(), Collections.emptyList(), Collections.emptyList())));
    }
    return out;
  }

  Reply analyze(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    List<String> cols = a.has("columns") ? list(a.get("columns")) : t.rowType().getFieldNames();
    RowType type = t.rowType();
    Map<String, Set<String>> distinct = new HashMap<>();
    Map<String, Comparable<Object>[]> range = new HashMap<>();
    Map<String, long[]> sums = new HashMap<>();
    long[] n = new long[1];
    try (RecordReader<InternalRow> r =
        t.newReadBuilder().newRead().withIOManager(io).createReader(t.newReadBuilder().newScan().plan().splits())) {
      r.forEachRemaining(
          row -> {
            n[0]++;
            for (String c : cols) {
              int i = type.getFieldIndex(c);
              Object v = InternalRow.createFieldGetter(type.getTypeAt(i), i).getFieldOrNull(row);
              long[] s = sums.computeIfAbsent(c, k -> new long[3]);
              if (v == null) {
                s[0]++;
                continue;
              }
              String x = Values.encode(v, type.getTypeAt(i));
              distinct.computeIfAbsent(c, k -> new HashSet<>()).add(x);
              long len = v instanceof BinaryString ? ((BinaryString) v).getSizeInBytes() : v instanceof byte[] ? ((byte[]) v).length : 8;
              s[1] += len;
              s[2] = Math.max(s[2], len);
              if (v instanceof Comparable) {
                @SuppressWarnings("unchecked")
                Comparable<Object> cv = (Comparable<Object>) (v instanceof BinaryString ? ((BinaryString) v).copy() : v);
                @SuppressWarnings("unchecked")
                Comparable<Object>[] mm = range.computeIfAbsent(c, k -> new Comparable[2]);
                if (mm[0] == null || cv.compareTo(mm[0]) < 0) mm[0] = cv;
                if (mm[1] == null || cv.compareTo(mm[1]) > 0) mm[1] = cv;
              }
            }
          });
    }
    long size = 0;
    for (ManifestEntry e : t.store().newScan().plan().files()) size += e.file().fileSize();
    Map<String, ColStats<?>> stats = new HashMap<>();
    for (String c : cols) {
      DataField f = type.getField(c);
      long[] s = sums.getOrDefault(c, new long[3]);
      Comparable<Object>[] mm = range.get(c);
      long nn = n[0] - s[0];
      stats.put(
          c,
          ColStats.newColStats(
              f.id(), (long) distinct.getOrDefault(c, Collections.emptySet()).size(),
              mm == null ? null : mm[0], mm == null ? null : mm[1], s[0], nn == 0 ? null : s[1] / nn, nn == 0 ? null : s[2]));
    }
    Snapshot latest = t.snapshotManager().latestSnapshot();
    Statistics st = new Statistics(latest.id(), latest.schemaId(), n[0], size, stats);
    try (BatchTableCommit c = t.newBatchWriteBuilder().newCommit()) {
      c.updateStatistics(st);
    }
    return latest(a);
  }

  Reply globalIndex(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    BTreeGlobalIndexBuilder b = new BTreeGlobalIndexBuilder(t).withIndexField(text(a, "column"));
    List<CommitMessage> msgs = new ArrayList<>();
    if (b.scan().isPresent()) for (DataSplit s : b.scan().get().getRight()) msgs.addAll(b.build(s, io));
    try (BatchTableCommit c = t.newBatchWriteBuilder().newCommit()) {
      c.commit(msgs);
    }
    return latest(a);
  }

  Reply expire(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    ExpireConfig.Builder b = ExpireConfig.builder();
    b.snapshotRetainMax(a.has("retain_max") ? a.get("retain_max").asInt() : Integer.MAX_VALUE);
    b.snapshotRetainMin(a.has("retain_min") ? a.get("retain_min").asInt() : 1);
    b.snapshotTimeRetain(Duration.ofMillis(a.has("older_than_ms") ? a.get("older_than_ms").asLong() : 0));
    b.snapshotMaxDeletes(a.has("max_deletes") ? a.get("max_deletes").asInt() : Integer.MAX_VALUE);
    if (a.has("changelog_retain_max")) b.changelogRetainMax(a.get("changelog_retain_max").asInt());
    if (a.has("changelog_retain_min")) b.changelogRetainMin(a.get("changelog_retain_min").asInt());
    if (a.has("changelog_time_retain_ms")) b.changelogTimeRetain(Duration.ofMillis(a.get("changelog_time_retain_ms").asLong()));
    int n = (flag(a, "changelog") ? t.newExpireChangelog() : t.newExpireSnapshots()).config(b.build()).expire();
    return Reply.object("{\"expired\":" + n + "}");
  }

  Reply createTag(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    Duration retain = a.has("retain_ms") ? Duration.ofMillis(a.get("retain_ms").asLong()) : null;
    if (a.has("snapshot")) {
      if (retain != null) t.createTag(text(a, "name"), a.get("snapshot").asLong(), retain);
      else t.createTag(text(a, "name"), a.get("snapshot").asLong());
    } else if (retain != null) {
      t.createTag(text(a, "name"), retain);
    } else {
      t.createTag(text(a, "name"));
    }
    return ok();
  }

  Reply consumer(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    if (flag(a, "drop")) t.consumerManager().deleteConsumer(text(a, "name"));
    else t.consumerManager().resetConsumer(text(a, "name"), new Consumer(a.get("next").asLong()));
    return ok();
  }

  Reply orphans(JsonNode a) throws Exception {
    long older = a.has("older_than") ? a.get("older_than").asLong() : System.currentTimeMillis() - 86_400_000L;
    FileStoreTable t = table(a);
    CleanOrphanFilesResult r = new LocalOrphanFilesClean(t, older, flag(a, "dry_run")).clean();
    String root = t.location().toUri().getPath();
    List<String> names = new ArrayList<>();
    if (r.getDeletedFilesPath() != null) {
      r.getDeletedFilesPath().forEach(p -> names.add(Values.quote(p.toUri().getPath().replace(root + "/", ""))));
    }
    names.sort(BYTES);
    return Reply.object(
        "{\"count\":" + r.getDeletedFileCount() + ",\"bytes\":" + r.getDeletedFileTotalLenInBytes() + ",\"files\":["
            + String.join(",", names) + "]}");
  }

  // ------------------------------------------------------------------ metadata

  Reply snapshots(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    TreeMap<Long, String> out = new TreeMap<>();
    for (Iterator<Snapshot> it = t.snapshotManager().snapshots(); it.hasNext(); ) {
      Snapshot s = it.next();
      out.put(s.id(), MAPPER.readTree(s.toJson()).toString());
    }
    return Reply.rows(new ArrayList<>(out.values()));
  }

  Reply files(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    RowType pt = t.schema().logicalPartitionType();
    RowType kt = t.schema().logicalTrimmedPrimaryKeysType();
    org.apache.paimon.operation.FileStoreScan scan = t.store().newScan();
    if (a.has("snapshot")) scan.withSnapshot(a.get("snapshot").asLong());
    List<String> out = new ArrayList<>();
    for (ManifestEntry e : scan.plan().files()) {
      DataFileMeta f = e.file();
      StringBuilder b = new StringBuilder("{\"partition\":");
      Values.encodeRow(b, e.partition(), pt);
      b.append(",\"bucket\":").append(e.bucket()).append(",\"total_buckets\":").append(e.totalBuckets());
      b.append(",\"level\":").append(f.level()).append(",\"file\":").append(Values.quote(f.fileName()));
      b.append(",\"rows\":").append(f.rowCount()).append(",\"deletes\":").append(f.deleteRowCount().map(String::valueOf).orElse("null"));
      b.append(",\"min_seq\":").append(f.minSequenceNumber()).append(",\"max_seq\":").append(f.maxSequenceNumber());
      b.append(",\"schema\":").append(f.schemaId()).append(",\"size\":").append(f.fileSize());
      if (kt.getFieldCount() > 0 && f.minKey().getFieldCount() == kt.getFieldCount()) {
        b.append(",\"min_key\":");
        Values.encodeRow(b, f.minKey(), kt);
        b.append(",\"max_key\":");
        Values.encodeRow(b, f.maxKey(), kt);
      }
      b.append(",\"key_stats\":");
      stats(b, f.keyStats(), kt);
      RowType vt = t.schemaManager().schema(f.schemaId()).logicalRowType();
      b.append(",\"value_stats\":");
      stats(b, f.valueStats(), f.valueStatsCols() == null ? vt : vt.project(f.valueStatsCols()));
      b.append(",\"value_stats_cols\":").append(f.valueStatsCols() == null ? "null" : MAPPER.valueToTree(f.valueStatsCols()).toString());
      b.append(",\"bytes\":{");
      bytes(b, "partition", e.partition());
      bytes(b, ",min_key", f.minKey());
      bytes(b, ",max_key", f.maxKey());
      bytes(b, ",key_stats_min", f.keyStats().minValues());
      bytes(b, ",key_stats_max", f.keyStats().maxValues());
      bytes(b, ",value_stats_min", f.valueStats().minValues());
      bytes(b, ",value_stats_max", f.valueStats().maxValues());
      b.append('}');
      b.append(",\"source\":").append(f.fileSource().map(s -> Values.quote(s.toString())).orElse("null"));
      b.append(",\"embedded_index\":").append(f.embeddedIndex() == null ? 0 : f.embeddedIndex().length);
      b.append(",\"extra\":").append(MAPPER.valueToTree(f.extraFiles()).toString());
      b.append(",\"first_row_id\":").append(f.firstRowId());
      b.append(",\"write_cols\":").append(f.writeCols() == null ? "null" : MAPPER.valueToTree(f.writeCols()).toString());
      b.append('}');
      out.add(b.toString());
    }
    return rows(sorted(a, out), false);
  }

  private static void bytes(StringBuilder b, String name, BinaryRow row) {
    if (name.startsWith(",")) b.append(',');
    b.append(Values.quote(name.replace(",", ""))).append(':');
    Values.hex(b, row.toBytes());
  }

  /** Statistics as {@code {"column":[min,max,nulls]}}; {@code null} where the file has none. */
  private static void stats(StringBuilder b, SimpleStats s, RowType type) {
    if (s.minValues().getFieldCount() != type.getFieldCount()) {
      b.append("null");
      return;
    }
    b.append('{');
    for (int i = 0; i < type.getFieldCount(); i++) {
      DataType d = type.getTypeAt(i);
      InternalRow.FieldGetter g = InternalRow.createFieldGetter(d, i);
      if (i > 0) b.append(',');
      b.append(Values.quote(type.getFieldNames().get(i))).append(":[");
      // a getter of a NOT NULL column does not look at the null bit, which is set where a file has no bound
      Values.encode(b, s.minValues().isNullAt(i) ? null : g.getFieldOrNull(s.minValues()), d);
      b.append(',');
      Values.encode(b, s.maxValues().isNullAt(i) ? null : g.getFieldOrNull(s.maxValues()), d);
      b.append(',').append(s.nullCounts().isNullAt(i) ? "null" : String.valueOf(s.nullCounts().getLong(i))).append(']');
    }
    b.append('}');
  }

  Reply indexFiles(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    RowType pt = t.schema().logicalPartitionType();
    List<String> out = new ArrayList<>();
    for (IndexManifestEntry e : t.store().newIndexFileHandler().scanEntries()) {
      IndexFileMeta f = e.indexFile();
      StringBuilder b = new StringBuilder("{\"partition\":");
      Values.encodeRow(b, e.partition(), pt);
      b.append(",\"bucket\":").append(e.bucket()).append(",\"type\":").append(Values.quote(f.indexType()));
      b.append(",\"file\":").append(Values.quote(f.fileName())).append(",\"size\":").append(f.fileSize());
      b.append(",\"rows\":").append(f.rowCount()).append(",\"dvs\":[");
      if (f.dvRanges() != null) {
        List<String> d = new ArrayList<>();
        f.dvRanges().values().forEach(
            m -> d.add("{\"file\":" + Values.quote(m.dataFileName()) + ",\"offset\":" + m.offset() + ",\"length\":"
                + m.length() + ",\"cardinality\":" + m.cardinality() + "}"));
        b.append(String.join(",", d));
      }
      b.append("]");
      if (f.globalIndexMeta() != null) {
        b.append(",\"row_range\":[").append(f.globalIndexMeta().rowRangeStart()).append(',').append(f.globalIndexMeta().rowRangeEnd());
        b.append("],\"field\":").append(f.globalIndexMeta().indexFieldId());
      }
      b.append('}');
      out.add(b.toString());
    }
    return rows(sorted(a, out), false);
  }

  Reply splits(JsonNode a) throws Exception {
    FileStoreTable t = table(a);
    RowType pt = t.schema().logicalPartitionType();
    ReadBuilder rb = t.newReadBuilder();
    Predicate filter = predicate(t.rowType(), a.get("filter"));
    if (filter != null) rb.withFilter(filter);
    List<String> out = new ArrayList<>();
    for (Split x : rb.newScan().plan().splits()) {
      if (!(x instanceof DataSplit)) {
        out.add("{\"class\":" + Values.quote(x.getClass().getSimpleName()) + "}");
        continue;
      }
      DataSplit s = (DataSplit) x;
      StringBuilder b = new StringBuilder("{\"partition\":");
      Values.encodeRow(b, s.partition(), pt);
      b.append(",\"bucket\":").append(s.bucket()).append(",\"raw\":").append(s.rawConvertible()).append(",\"files\":[");
      List<String> names = new ArrayList<>();
      s.dataFiles().forEach(f -> names.add(Values.quote(f.fileName())));
      b.append(String.join(",", names)).append("]}");
      out.add(b.toString());
    }
    return rows(sorted(a, out), false);
  }
}
