package io.sidestream.operators.assign;

import static io.sidestream.schema.DeadLetterCause.OUT_OF_RANGE;
import static io.sidestream.schema.DeadLetterCause.WRONG_LENGTH;
import static io.sidestream.schema.DeadLetterCause.ZERO_VECTOR;

import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.quantize.RelativeResidual;
import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.CodebookManifest;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** A codebook in use, shared by the subtasks of a process, with the buffers of one subtask. */
public final class LiveCodebook implements AutoCloseable {

    private final CodebookManifest manifest;
    private final SharedQuantizers.Lease lease;
    private final ResidualQuantizer.Worker worker;
    private final int dimension;
    private final int layers;
    private final float[] embeddings;
    private final int[] codes;
    private final double[] squaredNorms;
    private final int[] rows;

    /**
     * @param lease of a quantizer that is loaded; released by {@link #close}
     * @param bundleSize the most items that are quantized together
     */
    LiveCodebook(CodebookManifest manifest, SharedQuantizers.Lease lease, int bundleSize) {
        ResidualQuantizer quantizer = lease.quantizer().join();
        this.manifest = manifest;
        this.lease = lease;
        this.worker = quantizer.worker();
        this.dimension = quantizer.dimension();
        this.layers = quantizer.layers();
        this.embeddings = new float[bundleSize * dimension];
        this.codes = new int[bundleSize * layers];
        this.squaredNorms = new double[bundleSize * (layers + 1)];
        this.rows = new int[bundleSize];
    }

    /**
     * Loads a codebook, unless this process has it already, and waits for it.
     *
     * @param bundleSize the most items that are quantized together
     * @throws IOException if the file cannot be read or is not what the manifest says
     * @throws InterruptedException if the thread is interrupted; nothing is held then
     */
    public static LiveCodebook open(CodebookManifest manifest, int bundleSize, StoreAccess store)
            throws IOException, InterruptedException {
        SharedQuantizers.Lease lease = SharedQuantizers.acquire(manifest, store);
        try {
            lease.quantizer().get();
            return new LiveCodebook(manifest, lease, bundleSize);
        } catch (ExecutionException e) {
            lease.release();
            throw new IOException(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException | RuntimeException | Error e) {
            lease.release();
            throw e;
        }
    }

    /** Frees the codebook, unless another subtask of this process uses it. */
    @Override
    public void close() {
        lease.release();
    }

    public String version() {
        return manifest.getVersion();
    }

    /** Adds this version's codes, or its refusal, to every embedding of a bundle. */
    void assign(List<DecodedItem> items, List<Bundle.Result> results) {
        int taken = 0;
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i).isDeletion()) {
                continue;
            }
            float[] embedding = items.get(i).message().embedding();
            if (embedding.length != dimension) {
                results.get(i)
                        .refuse(
                                WRONG_LENGTH,
                                "codebook version '%s' takes embeddings of %d floats, this one has %d"
                                        .formatted(version(), dimension, embedding.length));
            } else if (manifest.getNormalize() && isZero(embedding)) {
                results.get(i)
                        .refuse(
                                ZERO_VECTOR,
                                "codebook version '%s' normalizes embeddings, and this one is zero"
                                        .formatted(version()));
            } else {
                System.arraycopy(embedding, 0, embeddings, taken * dimension, dimension);
                rows[taken++] = i;
            }
        }
        worker.quantize(embeddings, taken, codes, squaredNorms);
        for (int row = 0; row < taken; row++) {
            if (!worker.isInRange(squaredNorms, row)) {
                results.get(rows[row])
                        .refuse(
                                OUT_OF_RANGE,
                                "under codebook version '%s' a distance from a codeword may overflow float32: the embedding's norm is %.3g"
                                        .formatted(
                                                version(),
                                                Math.sqrt(squaredNorms[row * (layers + 1)])));
                continue;
            }
            int[] own = Arrays.copyOfRange(codes, row * layers, (row + 1) * layers);
            results.get(rows[row]).add(new Assignment(version(), own, residuals(row)));
        }
    }

    private int[] residuals(int row) {
        int first = row * (layers + 1);
        int[] residuals = new int[layers];
        for (int layer = 1; layer <= layers; layer++) {
            residuals[layer - 1] =
                    RelativeResidual.of(squaredNorms[first + layer], squaredNorms[first]);
        }
        return residuals;
    }

    private static boolean isZero(float[] embedding) {
        for (float component : embedding) {
            if (component != 0) {
                return false;
            }
        }
        return true;
    }
}
