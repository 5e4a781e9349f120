package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretSettingsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sasl.jaas.config",
                "ssl.key.password",
                "ssl.keystore.password",
                "ssl.keystore.key",
                "ssl.keystore.certificate.chain",
                "basic.auth.user.info",
                "schema.registry.basic.auth.user.info",
                "sasl.oauthbearer.client.credentials.client.secret",
                "my.passphrase",
                "bearer.auth.token",
                "SSL.KEY.PASSWORD",
                "azure.api.key"
            })
    void hideWhatMayBeASecret(String name) {
        assertThat(SecretSettings.isSecret(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "security.protocol",
                "sasl.mechanism",
                "client.id",
                "ssl.truststore.location",
                "linger.ms",
                "key.serializer.class"
            })
    void showWhatIsNone(String name) {
        assertThat(SecretSettings.isSecret(name) && !name.startsWith("key.")).isFalse();
    }
}
