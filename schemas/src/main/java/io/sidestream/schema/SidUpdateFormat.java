package io.sidestream.schema;

import java.util.List;

/**
 * {@link SidUpdate} in Avro single-object encoding, written by hand: it leaves the job as often as
 * an embedding enters it, and Avro's writer, which asks the schema at every field, takes several
 * times as long.
 */
public final class SidUpdateFormat implements WireFormat<SidUpdate> {

    private static final byte[] HEADER = SingleObjectFormat.header(SidUpdate.getClassSchema());

    private final SingleObjectFormat<SidUpdate> reader = SingleObjectFormat.of(SidUpdate.class);
    private final AvroOutput out = new AvroOutput();

    @Override
    public byte[] encode(SidUpdate update) {
        out.startWith(HEADER);
        out.putString(update.getItemId());
        out.putString(update.getCodebookVersion());
        putCodes(update.getCodes());
        putTokens(update.getSid());
        out.putLong(update.getDisambiguator());
        out.putString(update.getSidText());
        putOptionalString(update.getPreviousSidText());
        out.putLong(update.getReason().ordinal());
        out.putLong(update.getRemapEpoch());
        out.putLong(update.getRevision());
        out.putLong(update.getSequence());
        out.putLong(update.getEventTime().toEpochMilli());
        return out.toByteArray();
    }

    @Override
    public SidUpdate decode(byte[] bytes) throws MalformedRecordException {
        return reader.decode(bytes);
    }

    private void putOptionalString(String value) {
        out.putLong(value == null ? 0 : 1);
        if (value != null) {
            out.putString(value);
        }
    }

    /** An array is blocks, here one, each led by its count; a count of zero ends it. */
    private void putCodes(List<Integer> codes) {
        if (!codes.isEmpty()) {
            out.putLong(codes.size());
            for (int code : codes) {
                out.putLong(code);
            }
        }
        out.putLong(0);
    }

    private void putTokens(List<SidToken> tokens) {
        if (!tokens.isEmpty()) {
            out.putLong(tokens.size());
            for (SidToken token : tokens) {
                out.putLong(token.getLayer());
                out.putLong(token.getToken());
            }
        }
        out.putLong(0);
    }
}
