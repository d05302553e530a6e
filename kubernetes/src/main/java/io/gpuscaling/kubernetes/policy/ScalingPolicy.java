package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.state.Actions;
import java.util.Optional;

/**
 * A {@code ScalingPolicy} as it was understood.
 *
 * @param metadata of the object
 * @param policy for the engine, as written: the profile is not applied yet
 * @param profile name of the {@code ScalingProfile} to apply, if any
 * @param writesAutoscaler whether the adapter is to keep its HPA
 * @param controls what a person has ordered by annotation
 * @param actions what its status remembers; {@link Actions#NONE} where there is none
 * @param degradation what its status remembers of it
 */
public record ScalingPolicy(
    ObjectMeta metadata,
    Policy policy,
    Optional<String> profile,
    boolean writesAutoscaler,
    Controls controls,
    Actions actions,
    DegradationState degradation) {}
