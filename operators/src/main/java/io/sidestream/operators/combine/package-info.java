/**
 * What Index and Resolve do on the side: each subtask adds up what it changes, and now and then
 * tells the sum. However many items arrive, and however many of them on one token, Watch gets a
 * record a second from every subtask.
 */
package io.sidestream.operators.combine;
