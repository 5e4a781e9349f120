/**
 * Second stage: embeddings become codes under every live codebook version. The embedding ends here;
 * only codes travel on. Also what the stage needs around it: the codebook store and the gate that
 * leaves input unread while no codebook is live.
 */
package io.sidestream.operators.assign;
