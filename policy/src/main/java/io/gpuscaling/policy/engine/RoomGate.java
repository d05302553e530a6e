package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.observe.Room;
import io.gpuscaling.policy.spec.VramGate;
import java.util.Optional;

/** How many more replicas have room on the GPUs, or may wait for it. */
final class RoomGate {

  private RoomGate() {}

  /** As many of the wanted replicas as may be there; at least the current ones. */
  static int fitting(VramGate gate, Observations seen, int wanted, GateLog log) {
    int current = seen.currentReplicas();
    Optional<Integer> waiting =
        switch (gate) {
          case VramGate.Off() -> Optional.empty();
          case VramGate.FixedPool _ -> Optional.of(0);
          case VramGate.AutoscaledPool(_, int maxPending) -> Optional.of(maxPending);
        };
    if (waiting.isEmpty()) {
      log.passed(Gate.VRAM, wanted);
      return wanted;
    }
    long room =
        switch (seen.room()) {
          case Room.Fits(int replicas) -> replicas;
          case Room.Unknown _ -> 0;
        };
    long more = Math.max(0, room + waiting.get() - seen.pendingReplicas());
    int fitting = (int) Math.min(wanted, current + more);
    log.let(Gate.VRAM, reason(gate, seen.room()), wanted, fitting, current, Optional.empty());
    return fitting;
  }

  /** Why not all of them. */
  static Reason reason(VramGate gate, Room room) {
    if (gate instanceof VramGate.AutoscaledPool) {
      return Reason.WAITING_FOR_NODES;
    }
    return room instanceof Room.Unknown ? Reason.ROOM_UNKNOWN : Reason.NO_ROOM;
  }
}
