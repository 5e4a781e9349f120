package io.sidestream.codebook;

/**
 * How far a training is.
 *
 * @param layer the layer in work, from 1
 * @param layers how many layers there are
 * @param iteration passes over the sample done for this layer; 0 when its centroids have been
 *     seeded
 * @param fraction share of the whole training that is done, from 0 to 1, if no layer converges
 *     early
 * @param meanSquaredError mean squared distance of the sample to its centroids in the last pass;
 *     NaN before the first
 */
public record TrainingProgress(
        int layer, int layers, int iteration, double fraction, double meanSquaredError) {}
