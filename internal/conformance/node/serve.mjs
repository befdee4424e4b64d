// Serves one of the applications over plain HTTP and prints the port.

const { serve } = await import(`./${process.argv[2]}_app.mjs`);
serve((port) => console.log('PORT', port));
