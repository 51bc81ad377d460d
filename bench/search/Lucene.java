import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Paths;
import java.util.StringJoiner;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.SimpleCollector;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopFieldCollector;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BytesRef;

/**
 * Lucene, asked the same over its standard input: records, a line with a dot, then searches.
 *
 * <p>As one would set it up for this: one segment in the order of the newest, so that a page of
 * them ends early; the total is counted by itself, as Lucene does it fastest.
 */
public final class Lucene {
  private static final String[] FACETS = {"category", "rating", "type", "ai", "license"};
  private static final Sort NEWEST = new Sort(new SortField("created", SortField.Type.LONG, true));

  public static void main(String[] arguments) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 20);
    var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    var directory = new MMapDirectory(Paths.get(arguments[0]));
    var config = new IndexWriterConfig(new WhitespaceAnalyzer()).setIndexSort(NEWEST);
    config.setRAMBufferSizeMB(256);
    try (var writer = new IndexWriter(directory, config)) {
      for (String line = in.readLine(); !line.equals("."); line = in.readLine()) {
        writer.addDocument(document(line.split("\t", -1)));
      }
      writer.forceMerge(1);
    }
    var searcher = new IndexSearcher(DirectoryReader.open(directory));
    searcher.setQueryCache(null);
    out.println("ready");
    out.flush();
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] asked = line.split("\t", -1);
      long begun = clock.getCurrentThreadCpuTime();
      String answer = answer(searcher, asked);
      out.println((clock.getCurrentThreadCpuTime() - begun) + "\t" + answer);
      out.flush();
    }
  }

  private static Document document(String[] of) {
    var document = new Document();
    document.add(new StoredField("id", of[0]));
    document.add(new LongPoint("before", Long.parseLong(of[1])));
    document.add(new NumericDocValuesField("created", Long.parseLong(of[1])));
    document.add(new IntPoint("width", Integer.parseInt(of[2])));
    document.add(new IntPoint("height", Integer.parseInt(of[3])));
    document.add(new DoublePoint("ratio", Double.parseDouble(of[4])));
    for (int at = 0; at < FACETS.length; at++) {
      document.add(new SortedDocValuesField(FACETS[at], new BytesRef(of[5 + at])));
    }
    document.add(new StringField("rating", of[6], Field.Store.NO));
    for (String tag : of[10].split("\\|")) {
      document.add(new StringField("tag", tag, Field.Store.NO));
    }
    document.add(new TextField("said", of[11], Field.Store.NO));
    document.add(new StoredField("document", of[12]));
    return document;
  }

  /** Words, tags, tags left out, least width, height, least and most ratio, before, facets, limit. */
  private static String answer(IndexSearcher searcher, String[] asked) throws Exception {
    Query query = query(asked);
    int limit = Integer.parseInt(asked[9]);
    int total = searcher.count(query);
    boolean ranked = !asked[0].isEmpty();
    Query paged = query;
    if (!asked[7].isEmpty()) {
      paged = new BooleanQuery.Builder().add(query, Occur.MUST)
          .add(LongPoint.newRangeQuery("before", Long.MIN_VALUE, Long.parseLong(asked[7])), Occur.FILTER)
          .build();
    }
    TopDocs top;
    if (ranked) {
      top = searcher.search(paged, limit);
    } else {
      var newest = TopFieldCollector.create(NEWEST, limit, limit);
      searcher.search(paged, newest);
      top = newest.topDocs();
    }
    var ids = new StringJoiner(",");
    int bytes = 0;
    for (ScoreDoc hit : top.scoreDocs) {
      Document document = searcher.doc(hit.doc);
      ids.add(document.get("id"));
      bytes += document.get("document").length();
    }
    String facets = asked[8].equals("1") ? facets(searcher, query) : "";
    return total + "\t" + ids + "\t" + facets + "\t" + bytes;
  }

  private static Query query(String[] asked) {
    var all = new BooleanQuery.Builder();
    all.add(new TermQuery(new Term("rating", "safe")), Occur.FILTER);
    for (String word : asked[0].split(" ")) {
      if (!word.isEmpty()) {
        all.add(new TermQuery(new Term("said", word)), Occur.MUST);
      }
    }
    for (String tag : asked[1].split("\\|")) {
      if (!tag.isEmpty()) {
        all.add(new TermQuery(new Term("tag", tag)), Occur.FILTER);
      }
    }
    for (String tag : asked[2].split("\\|")) {
      if (!tag.isEmpty()) {
        all.add(new TermQuery(new Term("tag", tag)), Occur.MUST_NOT);
      }
    }
    if (!asked[3].isEmpty()) {
      all.add(IntPoint.newRangeQuery("width", Integer.parseInt(asked[3]), Integer.MAX_VALUE), Occur.FILTER);
      all.add(IntPoint.newRangeQuery("height", Integer.parseInt(asked[4]), Integer.MAX_VALUE), Occur.FILTER);
    }
    if (!asked[5].isEmpty()) {
      double least = Double.parseDouble(asked[5]);
      double most = Double.parseDouble(asked[6]);
      all.add(DoublePoint.newRangeQuery("ratio", least, most), Occur.FILTER);
    }
    return all.build();
  }

  private static String facets(IndexSearcher searcher, Query query) throws Exception {
    var counts = new FacetCounts();
    searcher.search(query, counts);
    return counts.told();
  }

  /** Counts by ordinals, as Lucene's facet module does; there is one segment. */
  private static final class FacetCounts extends SimpleCollector {
    private final SortedDocValues[] values = new SortedDocValues[FACETS.length];
    private final int[][] counts = new int[FACETS.length][];

    @Override
    protected void doSetNextReader(LeafReaderContext context) throws IOException {
      for (int at = 0; at < FACETS.length; at++) {
        values[at] = context.reader().getSortedDocValues(FACETS[at]);
        counts[at] = new int[values[at].getValueCount()];
      }
    }

    @Override
    public void collect(int number) throws IOException {
      for (int at = 0; at < values.length; at++) {
        if (values[at].advanceExact(number)) {
          counts[at][values[at].ordValue()]++;
        }
      }
    }

    @Override
    public ScoreMode scoreMode() {
      return ScoreMode.COMPLETE_NO_SCORES;
    }

    String told() throws IOException {
      var told = new StringJoiner(",");
      for (int at = 0; at < FACETS.length; at++) {
        for (int value = 0; value < counts[at].length; value++) {
          String name = values[at].lookupOrd(value).utf8ToString();
          told.add(FACETS[at] + ":" + name + "=" + counts[at][value]);
        }
      }
      return told.toString();
    }
  }
}
