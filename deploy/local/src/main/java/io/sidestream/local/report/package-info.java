/** The page of {@code sidestream report}: a history of skew, alerts and plans in one HTML file. */
package io.sidestream.local.report;
