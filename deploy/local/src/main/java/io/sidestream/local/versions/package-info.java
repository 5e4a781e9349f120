/**
 * The life of codebook versions: what must hold before a version is promoted, rolled back to or
 * retired, and how to tell from the records of the indexing job that it has been done.
 */
package io.sidestream.local.versions;
