/** Fourth stage: who is on a path. Hands out the ordinals that make items on one path distinct. */
package io.sidestream.operators.resolve;
