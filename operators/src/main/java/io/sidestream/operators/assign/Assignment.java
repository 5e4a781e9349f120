package io.sidestream.operators.assign;

/**
 * An item's codes under one codebook version.
 *
 * @param codebookVersion the version
 * @param codes nearest codewords, one a layer, 0-based; not to be changed
 * @param residuals what each layer leaves unexplained, as a {@link
 *     io.sidestream.quantize.RelativeResidual}; not to be changed
 */
public record Assignment(String codebookVersion, int[] codes, int[] residuals) {}
