// In Grafana's stead: checks that its data folder can be written, as Grafana does at its start, and answers its health page.
const { accessSync, constants } = require('node:fs');
const { createServer } = require('node:http');

accessSync(process.env.GF_PATHS_DATA, constants.W_OK);
const server = createServer((request, response) => {
  response.statusCode = request.url === '/api/health' ? 200 : 404;
  response.end(request.url === '/api/health' ? '{"database":"ok"}' : '');
});
server.listen(Number(process.env.GF_SERVER_HTTP_PORT ?? 3000));
process.on('SIGTERM', () => server.close());
