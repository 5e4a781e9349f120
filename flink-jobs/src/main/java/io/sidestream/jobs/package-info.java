/**
 * The Flink jobs. {@code main} reads options and picks endpoints; {@link
 * io.sidestream.jobs.IndexingJob#define} draws the graph, whatever the endpoints are.
 */
package io.sidestream.jobs;
