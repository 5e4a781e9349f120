package io.sidestream.jobs;

import java.util.regex.Pattern;

/** Settings of Kafka clients that may hold a secret. */
public final class SecretSettings {

    private static final Pattern NAMES =
            Pattern.compile(
                    "jaas|password|passphrase|secret|token|credential|user\\.info|apikey|api\\.key"
                            + "|(^|[._-])(private)?[._-]?key([._-]|$)|keystore\\.(key|certificate)",
                    Pattern.CASE_INSENSITIVE);

    private SecretSettings() {}

    /**
     * Whether a setting's value may be a secret, judged by the setting's name.
     *
     * @param name such as {@code sasl.jaas.config}
     */
    public static boolean isSecret(String name) {
        return NAMES.matcher(name).find();
    }
}
