import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Types;

/**
 * Reads tables with the reference implementation. A folder of a table a line comes in; a line of JSON goes out for each: its
 * columns, its rows as texts, and the bounds that no value keeps to.
 */
public class Rows {
  public static void main(String[] args) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var mapper = new ObjectMapper();
    for (String folder = in.readLine(); folder != null; folder = in.readLine()) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("folder", folder);
      try {
        read(new HadoopTables(new Configuration()).load(folder), answer);
      } catch (Exception error) {
        answer.put("error", error.toString());
      }
      out.println(mapper.writeValueAsString(answer));
    }
  }

  private static void read(Table table, Map<String, Object> answer) throws Exception {
    List<String> columns = new ArrayList<>();
    for (Types.NestedField field : table.schema().columns()) columns.add(field.name());
    List<List<String>> rows = new ArrayList<>();
    List<Record> records = new ArrayList<>();
    try (CloseableIterable<Record> found = IcebergGenerics.read(table).build()) {
      for (Record record : found) {
        records.add(record.copy());
        List<String> row = new ArrayList<>();
        for (String name : columns) row.add(text(record.getField(name)));
        rows.add(row);
      }
    }
    answer.put("columns", columns);
    answer.put("rows", rows);
    answer.put("faults", faults(table, records));
  }

  private static String text(Object value) {
    if (value == null) return null;
    if (value instanceof OffsetDateTime at) {
      return Long.toString(Math.addExact(Math.multiplyExact(at.toEpochSecond(), 1_000_000L), at.getNano() / 1_000));
    }
    if (value instanceof BigDecimal decimal) return decimal.toPlainString();
    return value.toString();
  }

  /** Whoever asks for the key of a row must find it, whatever is left out because of the bounds of files. */
  private static List<String> faults(Table table, List<Record> records) throws Exception {
    List<String> faults = new ArrayList<>();
    for (String name : table.schema().identifierFieldNames()) {
      for (Record record : records.subList(0, Math.min(20, records.size()))) {
        Object value = record.getField(name);
        Object asked = value instanceof OffsetDateTime at ? at.toString() : value instanceof java.time.LocalDate day ? day.toString() : value;
        try (var found = IcebergGenerics.read(table).where(Expressions.equal(name, asked)).build()) {
          boolean isThere = false;
          for (Record one : found) isThere |= value.equals(one.getField(name));
          if (!isThere) faults.add("a row is not found by its " + name);
        }
      }
    }
    try (var tasks = table.newScan().includeColumnStats().planFiles()) {
      for (FileScanTask task : tasks) {
        for (var column : table.schema().columns()) {
          var lower = task.file().lowerBounds() == null ? null : task.file().lowerBounds().get(column.fieldId());
          var upper = task.file().upperBounds() == null ? null : task.file().upperBounds().get(column.fieldId());
          if (lower == null || upper == null) continue;
          Object low = Conversions.fromByteBuffer(column.type(), lower);
          Object high = Conversions.fromByteBuffer(column.type(), upper);
          if (Comparators.forType(column.type().asPrimitiveType()).compare(low, high) > 0) {
            faults.add("the bounds of " + column.name() + " are the wrong way round");
          }
        }
      }
    }
    return faults;
  }
}
