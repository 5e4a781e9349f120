/**
 * {@code sidestream codebook}: makes codebooks, and leads their versions from publication to
 * retirement. What a step needs and does is in {@link io.sidestream.local.versions}.
 */
package io.sidestream.local.commands.codebook;
