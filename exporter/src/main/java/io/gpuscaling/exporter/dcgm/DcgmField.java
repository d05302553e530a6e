package io.gpuscaling.exporter.dcgm;

import org.jspecify.annotations.Nullable;

/**
 * A row of the table of fields.
 *
 * @param name as on the page
 * @param property what it is for us; null when it only tells the dialect
 * @param unit of the printed value
 * @param dialect which it belongs to
 * @param rank its row: when a page has two fields for one property, the lower one counts
 */
record DcgmField(
    String name, @Nullable DeviceProperty property, DcgmUnit unit, DcgmDialect dialect, int rank) {}
