package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.exposition.ReadCounts;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was understood of a page.
 *
 * @param devices in the order of the page; empty on a page that is legally empty
 * @param dialect null when no row is of DCGM
 * @param hostnames all that the rows name: more than one, or another node's, is somebody else's
 *     page
 * @param sampleLines valid sample lines: with blanks, NaN, duplicates and fields that we do not use
 * @param counts lines skipped, NaN, duplicates
 * @param blankValues rows that hold one of DCGM's numbers for "no value"
 * @param unusedRows rows of fields that we take nothing from
 * @param droppedValues values that cannot be, contradict each other, or whose unit is not known
 * @param complete whether the page has its end: a cut page may miss devices
 * @param utilizationUnit what the page proves or suggests about GPU_UTIL_RATIO, for the next page
 */
public record DcgmPage(
    List<DcgmDevice> devices,
    @Nullable DcgmDialect dialect,
    Set<String> hostnames,
    int sampleLines,
    ReadCounts counts,
    int blankValues,
    int unusedRows,
    int droppedValues,
    boolean complete,
    @Nullable UtilizationUnit utilizationUnit) {

  /** Copies the collections. */
  public DcgmPage {
    devices = List.copyOf(devices);
    hostnames = Set.copyOf(hostnames);
  }
}
