package rimon;

import java.util.ArrayList;
import java.util.List;
import org.apache.paimon.manifest.ManifestCommittable;
import org.apache.paimon.shade.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.paimon.table.FileStoreTable;
import org.apache.paimon.table.sink.CommitMessage;
import org.apache.paimon.table.sink.CommitMessageSerializer;
import org.apache.paimon.table.sink.TableCommitImpl;

/** Commit messages in their wire format, as writers send them to whoever commits. */
final class Messages {
  private Messages() {}

  static Oracle.Reply reply(List<CommitMessage> messages) throws Exception {
    CommitMessageSerializer s = new CommitMessageSerializer();
    StringBuilder b = new StringBuilder("{\"version\":").append(s.getVersion()).append(",\"messages\":[");
    for (int i = 0; i < messages.size(); i++) {
      if (i > 0) b.append(',');
      Values.hex(b, s.serialize(messages.get(i)));
    }
    b.append("],\"text\":[");
    for (int i = 0; i < messages.size(); i++) {
      if (i > 0) b.append(',');
      b.append(Values.quote(messages.get(i).toString()));
    }
    return Oracle.Reply.object(b.append("]}").toString());
  }

  static List<CommitMessage> read(JsonNode a) throws Exception {
    return read(a.get("version").asInt(), a.get("messages"));
  }

  private static List<CommitMessage> read(int version, JsonNode messages) throws Exception {
    CommitMessageSerializer s = new CommitMessageSerializer();
    List<CommitMessage> out = new ArrayList<>();
    for (JsonNode m : messages) out.add(s.deserialize(version, Values.unhex(m.asText())));
    return out;
  }

  static Oracle.Reply commit(FileStoreTable t, JsonNode a) throws Exception {
    String user = a.has("commit_user") ? Oracle.text(a, "commit_user") : Oracle.USER;
    List<ManifestCommittable> all = new ArrayList<>();
    for (JsonNode c : a.get("commits")) {
      all.add(new ManifestCommittable(c.get("id").asLong(), null, read(a.get("version").asInt(), c.get("messages"))));
    }
    int done = all.size();
    try (TableCommitImpl c = t.newCommit(user)) {
      if (Oracle.flag(a, "recover")) done = c.filterAndCommitMultiple(all, true);
      else for (ManifestCommittable m : all) c.commit(m);
    }
    return Oracle.Reply.object("{\"committed\":" + done + ",\"snapshot\":" + Oracle.latestId(t) + "}");
  }
}
