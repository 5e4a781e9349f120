/** Fifth stage: what has been said about an item, and what is said next, in order. */
package io.sidestream.operators.publish;
