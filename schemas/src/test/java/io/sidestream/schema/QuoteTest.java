package io.sidestream.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuoteTest {

    @Test
    void plainTextStaysAsItIs() {
        assertThat(Quote.quote("v1")).isEqualTo("\"v1\"");
        assertThat(Quote.quote("")).isEqualTo("\"\"");
        assertThat(Quote.quote("Grüße, 世界 😀")).isEqualTo("\"Grüße, 世界 😀\"");
        assertThat(Quote.excerpt("it ends here")).isEqualTo("it ends here");
    }

    @Test
    void nullIsWrittenWithoutQuotes() {
        assertThat(Quote.quote(null)).isEqualTo("null");
        assertThat(Quote.excerpt(null)).isEqualTo("null");
    }

    @Test
    void controlCharactersAreEscaped() {
        assertThat(Quote.quote("a\u001b[31mb\n\r\t\0\u0085\u2028\u202e"))
                .isEqualTo("\"a\\u001b[31mb\\n\\r\\t\\u0000\\u0085\\u2028\\u202e\"");
        assertThat(Quote.excerpt("a\u001b[2J")).isEqualTo("a\\u001b[2J");
    }

    @Test
    void quotesAndBackslashesAreEscapedWithinQuotesOnly() {
        assertThat(Quote.quote("a\"b\\c")).isEqualTo("\"a\\\"b\\\\c\"");
        assertThat(Quote.excerpt("a \"b\"")).isEqualTo("a \"b\"");
    }

    @Test
    void aLoneSurrogateIsEscaped() {
        assertThat(Quote.quote("a\ud83d")).isEqualTo("\"a\\ud83d\"");
    }

    @Test
    void longTextIsCutAtTwoHundredCharacters() {
        assertThat(Quote.quote("x".repeat(200))).isEqualTo("\"" + "x".repeat(200) + "\"");
        assertThat(Quote.quote("x".repeat(529_011)))
                .isEqualTo("\"" + "x".repeat(200) + "\"... (529011 characters)");
        assertThat(Quote.message("x".repeat(4096))).hasSize(4096);
        assertThat(Quote.message("\n" + "x".repeat(4096)))
                .startsWith("\\nxxx")
                .endsWith("x... (4097 characters)");
        assertThat(Quote.excerpt("x".repeat(300)))
                .isEqualTo("x".repeat(200) + "... (300 characters)");
    }

    @Test
    void whatIsEscapedIsCutAtTwoHundredCharactersToo() {
        assertThat(Quote.quote("\0".repeat(500)))
                .isEqualTo("\"" + "\\u0000".repeat(33) + "\"... (500 characters)");
    }

    @Test
    void aCutNeverSplitsACharacter() {
        String text = "x".repeat(199) + "😀" + "y";
        assertThat(Quote.quote(text)).isEqualTo("\"" + "x".repeat(199) + "\"... (202 characters)");
    }
}
