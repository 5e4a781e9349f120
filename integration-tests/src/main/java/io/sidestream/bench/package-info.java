/** What benchmarks that run the indexing job share. */
package io.sidestream.bench;
