/**
 * Loaded into the demo by `scripts/start.mjs`: when the starting process is gone, even by `kill -9`, the demo ends as if
 * it had been asked to.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Listening alone must not keep the process alive.
process.channel?.unref();
