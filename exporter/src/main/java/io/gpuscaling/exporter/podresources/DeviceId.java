package io.gpuscaling.exporter.podresources;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a device plug-in calls a GPU, a GPU instance, or a replica of one. The forms are those of
 * NVIDIA's plug-in (UUIDs, {@code ::N} for a time slice or MPS replica) and of GKE's (device names,
 * {@code vgpuN} for a replica).
 *
 * @param device the key of {@link io.gpuscaling.exporter.dcgm.DeviceHolders}: {@code UUID}, {@code
 *     UUID/GI}, {@code nvidia0}, {@code nvidia0/GI}; null when the text does not tell
 * @param replica whether there may be more of it
 */
record DeviceId(@Nullable String device, boolean replica) {

  /** Longest text that is looked at. */
  static final int MAX_CHARS = 256;

  private static final DeviceId UNKNOWN = new DeviceId(null, false);
  private static final String REPLICA_MARK = "::";
  private static final Pattern UUID_TEXT = Pattern.compile("(GPU|MIG)-[0-9A-Za-z][0-9A-Za-z-]*");

  /** Drivers before R470: {@code MIG-GPU-<uuid>/<GI>/<CI>}. */
  private static final Pattern OLD_MIG =
      Pattern.compile("MIG-(GPU-[0-9A-Za-z-]+)/([0-9]{1,3})/[0-9]{1,3}");

  private static final Pattern GKE =
      Pattern.compile("(nvidia[0-9]{1,3})(?:/gi([0-9]{1,3}))?(/vgpu[0-9]{1,5})?");

  /** Whether it is a MIG UUID, or a replica of one. */
  static boolean isMigUuid(String text) {
    int mark = text.indexOf(REPLICA_MARK);
    String name = mark < 0 ? text : text.substring(0, mark);
    return text.length() <= MAX_CHARS
        && name.startsWith("MIG-")
        && UUID_TEXT.matcher(name).matches();
  }

  /**
   * Reads an id.
   *
   * @param instances what is known of MIG UUIDs, which tell neither their GPU nor their instance:
   *     MIG UUID to {@code UUID/GI}
   */
  static DeviceId parse(String text, Map<String, String> instances) {
    if (text.length() > MAX_CHARS) {
      return UNKNOWN;
    }
    int mark = text.indexOf(REPLICA_MARK);
    String name = mark < 0 ? text : text.substring(0, mark);
    boolean replica = mark >= 0;
    if (replica && !text.substring(mark + REPLICA_MARK.length()).matches("[0-9]{1,5}")) {
      return UNKNOWN;
    }
    Matcher oldMig = OLD_MIG.matcher(name);
    if (oldMig.matches()) {
      return new DeviceId(oldMig.group(1) + "/" + oldMig.group(2), replica);
    }
    if (isMigUuid(name)) {
      return new DeviceId(instances.get(name), replica);
    }
    if (name.startsWith("GPU-") && UUID_TEXT.matcher(name).matches()) {
      return new DeviceId(name, replica);
    }
    Matcher gke = GKE.matcher(name);
    if (!replica && gke.matches()) {
      String instance = gke.group(2);
      return new DeviceId(
          instance == null ? gke.group(1) : gke.group(1) + "/" + instance, gke.group(3) != null);
    }
    return UNKNOWN;
  }
}
