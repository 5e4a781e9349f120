package io.sidestream.operators.publish;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.sid.SidText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the SIDs of each codebook version are written. A version keeps the templates that it began
 * with: its topic never holds two formats. Other templates are for versions that are published
 * after a restart with them.
 *
 * <p>State: the templates by version, the same in every subtask; removed when the version retires.
 */
final class SidTexts {

    private static final Logger LOG = LoggerFactory.getLogger(SidTexts.class);

    private static final ListStateDescriptor<Fixed> DESCRIPTOR =
            new ListStateDescriptor<>("sid-texts", Fixed.TYPE);

    private final SidText configured;
    private final ListState<Fixed> state;
    private final Map<String, SidText> texts = new HashMap<>();

    /**
     * @param configured templates of versions that are new
     */
    SidTexts(SidText configured, OperatorStateStore store) throws Exception {
        this.configured = configured;
        this.state = store.getUnionListState(DESCRIPTOR);
        for (Fixed fixed : state.get()) {
            if (texts.putIfAbsent(fixed.codebookVersion, fixed.text) == null
                    && !fixed.text.equals(configured)) {
                LOG.warn(
                        "SIDs of codebook version {} keep the templates that the version began"
                                + " with, {}; the job's options now give {}. Publish the codebook under"
                                + " another name to have its SIDs written so",
                        fixed.codebookVersion,
                        fixed.text,
                        configured);
            }
        }
    }

    /** How the SIDs of a version are written. */
    SidText of(String codebookVersion) {
        return texts.computeIfAbsent(codebookVersion, version -> configured);
    }

    /** A version is live: its templates are those of now, unless it has some. */
    void begin(String codebookVersion) {
        texts.putIfAbsent(codebookVersion, configured);
    }

    /** A version has retired; its name never comes back. */
    void end(String codebookVersion) {
        texts.remove(codebookVersion);
    }

    void snapshot() throws Exception {
        List<Fixed> fixed = new ArrayList<>();
        texts.forEach((version, text) -> fixed.add(new Fixed(version, text)));
        state.update(fixed);
    }

    /** The templates of one version. */
    record Fixed(String codebookVersion, SidText text) {

        static final RecordType<Fixed> TYPE = RecordType.of(Fixed.class, new Format());

        /** Layout: version, prefix, token, pad, disambiguator, suffix. */
        public static final class Format implements RecordFormat<Fixed> {

            private static final long serialVersionUID = 1L;

            @Override
            public int version() {
                return 1;
            }

            @Override
            public void write(Fixed value, DataOutputView out) throws IOException {
                Fields.writeString(out, value.codebookVersion);
                Fields.writeString(out, value.text.prefix());
                Fields.writeString(out, value.text.token());
                Fields.writeString(out, value.text.pad());
                Fields.writeString(out, value.text.disambiguator());
                Fields.writeString(out, value.text.suffix());
            }

            @Override
            public Fixed read(int version, DataInputView in) throws IOException {
                return new Fixed(
                        Fields.readString(in),
                        new SidText(
                                Fields.readString(in),
                                Fields.readString(in),
                                Fields.readString(in),
                                Fields.readString(in),
                                Fields.readString(in)));
            }
        }
    }
}
