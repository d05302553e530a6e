package io.gpuscaling.kubernetes.resource;

/**
 * One field of a custom resource.
 *
 * @param name as it is written
 * @param shape what may stand there
 * @param presence whether it must
 * @param description for people; the text of {@code kubectl explain}
 */
public record Field(String name, Shape shape, Presence presence, String description) {

  /** Whether a field must be there. */
  public sealed interface Presence {
    /** Without it the object is refused. */
    record Required() implements Presence {}

    /** It may be left out, which means something of its own. */
    record Optional() implements Presence {}

    /**
     * Left out it is this.
     *
     * @param value as it would be written
     */
    record Default(Object value) implements Presence {}
  }

  /** A field that must be there. */
  public static Field required(String name, Shape shape, String description) {
    return new Field(name, shape, new Presence.Required(), description);
  }

  /** A field that may be left out. */
  public static Field optional(String name, Shape shape, String description) {
    return new Field(name, shape, new Presence.Optional(), description);
  }

  /** A field that is a value when it is left out. */
  public static Field withDefault(String name, Shape shape, Object value, String description) {
    return new Field(name, shape, new Presence.Default(value), description);
  }
}
