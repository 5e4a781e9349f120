package io.sidestream.operators.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.sid.Disambiguation;
import io.sidestream.sid.SidText;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class PublishOptionsTest {

    private final Configuration config = new Configuration();

    @Test
    void appendsOrdinalsAndWritesLayerTypedTokensUnlessToldOtherwise() {
        assertThat(PublishOptions.from(config))
                .isEqualTo(new PublishOptions(Disambiguation.APPEND, SidText.DEFAULT));
    }

    @Test
    void readsWhatIsConfigured() {
        config.setString("sidestream.sid.disambiguation", "when-needed");
        config.setString("sidestream.sid.text.prefix", "[");
        config.setString("sidestream.sid.text.token-template", "{layer}:{token} ");
        config.setString("sidestream.sid.text.pad-template", "{layer}x");
        config.setString("sidestream.sid.text.disambiguator-template", "#{token}");
        config.setString("sidestream.sid.text.suffix", "]");

        assertThat(PublishOptions.from(config))
                .isEqualTo(
                        new PublishOptions(
                                Disambiguation.WHEN_NEEDED,
                                new SidText("[", "{layer}:{token} ", "{layer}x", "#{token}", "]")));
    }

    @Test
    void namesTheOptionThatIsNotUsable() {
        assertRefused("sidestream.sid.disambiguation", "sometimes", "when-needed");
        assertRefused("sidestream.sid.text.token-template", "<{layer}>", "{token}");
        assertRefused("sidestream.sid.text.disambiguator-template", "<{layer}>", "{token}");
        assertRefused("sidestream.sid.text.pad-template", "<{token}>", "{token}");
        assertRefused("sidestream.sid.text.token-template", "{token}{token}", "once");
        assertRefused("sidestream.sid.text.prefix", "x".repeat(65), "64 characters");
        config.setString("sidestream.sid.text.disambiguator-template", "-{token}");
        assertRefused("sidestream.sid.text.token-template", "{token}", "are both written '");
    }

    private void assertRefused(String key, String value, String message) {
        Configuration wrong = new Configuration(config);
        wrong.setString(key, value);
        assertThatThrownBy(() -> PublishOptions.from(wrong))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key.substring(0, key.lastIndexOf('.')))
                .hasMessageContaining(message);
    }
}
