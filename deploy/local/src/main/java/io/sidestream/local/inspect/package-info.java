/**
 * A close look at what is published: two codebook versions held against each other, and one against
 * the catalog.
 */
package io.sidestream.local.inspect;
