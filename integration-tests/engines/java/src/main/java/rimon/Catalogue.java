package rimon;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.paimon.shade.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** The list of fixtures, one line per table, made from their {@code spec.json}. */
final class Catalogue {
  private Catalogue() {}

  static void write(Path root, Path out) throws Exception {
    Map<String, List<String>> byRelease = new TreeMap<>();
    List<Path> dirs = new ArrayList<>();
    try (java.util.stream.Stream<Path> l = Files.list(root)) {
      l.filter(p -> Files.exists(p.resolve("spec.json"))).sorted().forEach(dirs::add);
    }
    for (Path d : dirs) {
      JsonNode s = Oracle.MAPPER.readTree(d.resolve("spec.json").toFile());
      byRelease.computeIfAbsent(release(s), k -> new ArrayList<>()).add(line(s));
    }
    StringBuilder b = new StringBuilder("# Catalogue of fixtures\n\nMade by `engines/java/pack-fixtures.sh`. How they are laid out: `README.md`.\n");
    byRelease.forEach(
        (r, lines) -> {
          b.append("\n## Written by Paimon ").append(r).append(" (").append(lines.size()).append(")\n\n");
          b.append("| table | covers | snapshots | live files | reads |\n|---|---|---|---|---|\n");
          lines.forEach(b::append);
        });
    Files.write(out, b.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The folder a table is packed into. */
  static String release(JsonNode spec) {
    return spec.get("paimon").asText().replace("-incubating", "");
  }

  private static String line(JsonNode s) {
    List<String> files = new ArrayList<>();
    if (s.has("files")) s.get("files").fields().forEachRemaining(e -> files.add(e.getValue() + " × " + e.getKey()));
    String f = files.size() > 4 ? String.join(", ", files.subList(0, 4)) + ", …" : String.join(", ", files);
    int snapshots = s.has("snapshots") ? s.get("snapshots").size() : 0;
    return "| " + s.get("name").asText() + " | " + s.get("covers").asText().replace("|", "\\|") + " | " + snapshots + " | " + f + " | "
        + s.get("reads").size() + " |\n";
  }
}
