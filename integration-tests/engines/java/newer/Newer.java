package rimon;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.paimon.shade.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.paimon.shade.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;

/** Tables with what no release has yet, written and read by a build of Paimon's sources: {@code Newer ROOT}. */
public final class Newer {
  private static final Oracle ORACLE = new Oracle();
  private static final String KEYED = "id INT NOT NULL; v STRING; n INT";
  private static Path root;

  private Newer() {}

  public static void main(String[] argv) throws Exception {
    root = Paths.get(argv[0]);
    Files.createDirectories(root);
    writers();
    histories();
    ORACLE.close();
    Runtime.getRuntime().halt(0);
  }

  private static void fixture(String name, String covers, Fixture.Body body) {
    String error = Fixture.make(ORACLE, root, name, covers, f -> {
      f.maxSnapshots = 40;
      body.run(f);
    });
    System.out.println((error == null ? "made    " : "REFUSED ") + name + (error == null ? "" : " " + error));
  }

  private static void create(Fixture f, String columns, String partitions, String... options) throws Exception {
    String[] all = new String[options.length + 4];
    all[0] = "sequence.snapshot-ordering";
    all[1] = "true";
    all[2] = "write-only";
    all[3] = "true";
    System.arraycopy(options, 0, all, 4, options.length);
    f.create(columns, partitions == null ? "id" : partitions + ",id", partitions, all);
  }

  /** The messages of a writer, to be committed later. */
  private static ObjectNode prepare(Fixture f, String user, int id, String rows) throws Exception {
    JsonNode reply = Oracle.MAPPER.readTree(f.write("{'prepare':true,'commit_user':'" + user + "','commit_id':" + id + "}", rows).object);
    f.ops.remove(f.ops.size() - 1);
    ObjectNode commit = Oracle.MAPPER.createObjectNode().put("cmd", "commit-messages").put("commit_user", user);
    commit.set("version", reply.get("version"));
    ObjectNode one = commit.putArray("commits").addObject().put("id", id);
    one.set("messages", reply.get("messages"));
    return commit;
  }

  private static void commit(Fixture f, ObjectNode commit) throws Exception {
    f.op(commit);
    f.ops.remove(f.ops.size() - 1);
    f.ops.add("{\"cmd\":\"commit what was prepared\",\"commit_user\":" + commit.get("commit_user") + "}");
  }

  private static void compact(Fixture f, String mode) throws Exception {
    f.op("{'cmd':'compact','mode':'" + mode + "','options':{'write-only':'false'}}");
  }

  private static void writers() {
    fixture("snapshot_ordering_two_writers", "sequence.snapshot-ordering: the writer that commits later wins, not the one with greater numbers", f -> {
      create(f, KEYED, null, "bucket", "1", "table-read.sequence-number.enabled", "true");
      ObjectNode early = prepare(f, "a", 1, "{'id':1,'v':'a'}\n{'id':2,'v':'a'}\n{'_kind':'-D','id':4}");
      StringBuilder many = new StringBuilder();
      for (int i = 0; i < 50; i++) many.append("{'id':").append(1 + i % 5).append(",'v':'b").append(i).append("'}\n");
      ObjectNode late = prepare(f, "b", 1, many.toString());
      commit(f, late);
      commit(f, early);
      f.write("{'id':6,'v':'c','n':1}\n{'id':1,'v':'c','n':1}");
      compact(f, "full");
      ObjectNode third = prepare(f, "a", 2, "{'id':1,'v':'d'}\n{'_kind':'-D','id':6}");
      f.write("{'id':1,'v':'e'}\n{'id':3,'v':'e'}");
      commit(f, third);
      f.expect("audit_log", "expected.audit_log.jsonl", "{'table':'db.t$audit_log'}");
    });
    fixture("snapshot_ordering_overwrite", "sequence.snapshot-ordering: overwritten partitions, files upgraded by the overwrite", f -> {
      create(f, "p STRING NOT NULL; id INT NOT NULL; v STRING", "p", "bucket", "1");
      f.write("{'p':'x','id':1,'v':'a'}\n{'p':'y','id':1,'v':'a'}");
      ObjectNode waiting = prepare(f, "w", 1, "{'p':'x','id':1,'v':'waited'}\n{'p':'y','id':2,'v':'waited'}");
      f.write("{'overwrite':{'p':'x'}}", "{'p':'x','id':1,'v':'replaced'}\n{'p':'x','id':2,'v':'replaced'}");
      commit(f, waiting);
      f.write("{'p':'x','id':2,'v':'last'}");
    });
    fixture("snapshot_ordering_changelog", "sequence.snapshot-ordering with changelog-producer=input", f -> {
      f.changelog = true;
      create(f, KEYED, null, "bucket", "1", "changelog-producer", "input");
      ObjectNode early = prepare(f, "a", 1, "{'id':1,'v':'a'}\n{'_kind':'+U','id':1,'v':'a2'}\n{'_kind':'-D','id':2}");
      f.write("{'id':1,'v':'b'}\n{'id':2,'v':'b'}\n{'id':3,'v':'b'}");
      commit(f, early);
      f.write("{'id':2,'v':'c'}");
    });
    fixture("snapshot_ordering_dynamic", "sequence.snapshot-ordering in dynamic buckets", f -> {
      create(f, KEYED, null, "bucket", "-1", "dynamic-bucket.target-row-num", "3");
      for (int i = 0; i < 4; i++) f.write("{'id':1,'v':'" + i + "'}\n{'id':" + (2 + i) + ",'v':'" + i + "'}\n{'id':" + (7 + i) + ",'v':'" + i + "'}");
      compact(f, "full");
      f.write("{'id':1,'v':'x'}\n{'_kind':'-D','id':2}");
    });
  }

  private interface Row {
    String of(Random random, int id);
  }

  /** Random commits of several writers in any order, with compactions, and every snapshot read. */
  private static void history(String name, int seed, String columns, Row row, String... options) {
    fixture("snapshot_ordering_" + name, "sequence.snapshot-ordering: writers that commit in any order, and compactions; " + name.replace('_', ' '), f -> {
      create(f, columns, null, options);
      Random random = new Random(seed);
      List<ObjectNode> waiting = new ArrayList<>();
      int writers = 0;
      for (int step = 0; step < 26; step++) {
        int what = random.nextInt(10);
        if (what < 4 || step < 3) {
          StringBuilder rows = new StringBuilder();
          int count = 1 + random.nextInt(random.nextInt(4) == 0 ? 30 : 6);
          for (int i = 0; i < count; i++) rows.append(row.of(random, random.nextInt(9))).append('\n');
          waiting.add(prepare(f, "writer " + writers++, 1, rows.toString()));
          if (random.nextBoolean()) commit(f, waiting.remove(waiting.size() - 1));
        } else if (what < 8 && !waiting.isEmpty()) {
          commit(f, waiting.remove(random.nextInt(waiting.size())));
        } else {
          compact(f, what == 9 ? "full" : "minor");
        }
      }
      for (ObjectNode commit : waiting) commit(f, commit);
    });
  }

  private static String number(Random random, String column, int below) {
    return random.nextInt(4) == 0 ? "" : ",'" + column + "':" + random.nextInt(below);
  }

  private static String kind(Random random, String... kinds) {
    return "{'_kind':'" + kinds[random.nextInt(kinds.length)] + "'";
  }

  private static void histories() {
    Row keyed = (r, id) -> kind(r, "+I", "+U", "+I", "-D") + ",'id':" + id + ",'v':'" + Integer.toString(r.nextInt(36 * 36), 36) + "'" + number(r, "n", 99) + "}";
    history("deduplicate", 1, KEYED, keyed, "bucket", "1");
    history("deduplicate_orc", 2, KEYED, keyed, "bucket", "2", "file.format", "orc", "num-sorted-run.compaction-trigger", "2");
    history("deduplicate_avro", 3, KEYED, keyed, "bucket", "1", "file.format", "avro", "num-sorted-run.compaction-trigger", "2");
    history("deduplicate_thin", 4, KEYED, keyed, "bucket", "1", "data-file.thin-mode", "true", "num-sorted-run.compaction-trigger", "2");
    history("deduplicate_ignore_delete", 5, KEYED, keyed, "bucket", "1", "ignore-delete", "true");
    history("string_keys", 6, "id STRING NOT NULL; v STRING; n INT", (r, id) -> keyed.of(r, id).replaceFirst("'id':(\\d+)", "'id':'key $1'"), "bucket", "1", "num-sorted-run.compaction-trigger", "2");
    Row added = (r, id) -> "{'id':" + id + number(r, "a", 99) + number(r, "b", 99) + number(r, "c", 99) + number(r, "g", 5) + "}";
    String four = "id INT NOT NULL; a INT; b INT; c INT; g INT";
    history("partial_update", 7, four, added, "bucket", "1", "merge-engine", "partial-update", "num-sorted-run.compaction-trigger", "2");
    history("partial_update_deletes", 8, four, (r, id) -> added.of(r, id).replaceFirst("\\{", kind(r, "+I", "+U", "+I", "+I", "-D") + ","), "bucket", "1", "merge-engine", "partial-update",
        "partial-update.remove-record-on-delete", "true", "num-sorted-run.compaction-trigger", "2");
    history("partial_update_groups", 9, four, added, "bucket", "1", "merge-engine", "partial-update", "fields.g.sequence-group", "a,b", "fields.b.aggregate-function", "sum",
        "num-sorted-run.compaction-trigger", "2");
    history("aggregation", 10, four, (r, id) -> added.of(r, id).replaceFirst("\\{", kind(r, "+I", "+U", "+I", "+I", "-D") + ","), "bucket", "1", "merge-engine", "aggregation", "fields.a.aggregate-function", "sum",
        "fields.b.aggregate-function", "last_value", "fields.c.aggregate-function", "first_non_null_value", "fields.c.ignore-retract", "true", "num-sorted-run.compaction-trigger", "3");
    history("first_row", 11, KEYED, (r, id) -> keyed.of(r, id).replaceFirst("-D", "+I"), "bucket", "1", "merge-engine", "first-row", "num-sorted-run.compaction-trigger", "3");
    history("deletion_vectors", 12, KEYED, keyed, "bucket", "1", "deletion-vectors.enabled", "true");
  }
}
