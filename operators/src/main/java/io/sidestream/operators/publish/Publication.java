package io.sidestream.operators.publish;

import io.sidestream.operators.AvroRecordFormat;
import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.schema.SidUpdate;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A record of {@code sid-updates.<version>}.
 *
 * @param codebookVersion decides the topic
 * @param itemId the record's key
 * @param update the record's value; null: compaction may forget the item
 */
public record Publication(String codebookVersion, String itemId, SidUpdate update) {

    public static final RecordType<Publication> TYPE =
            RecordType.of(Publication.class, new Format());

    /** Layout: version, item id, whether there is an update, the update in Avro. */
    public static final class Format implements RecordFormat<Publication> {

        private static final long serialVersionUID = 1L;

        private final UpdateFormat update = new UpdateFormat();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(Publication value, DataOutputView out) throws IOException {
            Fields.writeString(out, value.codebookVersion);
            Fields.writeString(out, value.itemId);
            out.writeBoolean(value.update != null);
            if (value.update != null) {
                update.write(value.update, out);
            }
        }

        @Override
        public Publication read(int version, DataInputView in) throws IOException {
            return new Publication(
                    Fields.readString(in),
                    Fields.readString(in),
                    in.readBoolean() ? update.read(version, in) : null);
        }
    }

    /** The update as it is in Kafka. */
    private static final class UpdateFormat extends AvroRecordFormat<SidUpdate> {

        private static final long serialVersionUID = 1L;

        UpdateFormat() {
            super(SidUpdate.class);
        }
    }
}
