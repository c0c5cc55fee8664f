// A worker that never gets ready, as Node does with too small a limit of data.
for (;;);
