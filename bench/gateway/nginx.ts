import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@careplane/testing';
import { BENCH_CACHE } from '../lib/cache.ts';
import { startMeasured, type Measured } from '../lib/process.ts';

/** One process without workers, TLS as the gateway's, kept connections to what is behind. */
export async function startNginx(
  folder: string,
  plainPort: number,
  files: { readonly certificate: string; readonly key: string },
): Promise<{ measured: Measured; url: string }> {
  const port = await freePort();
  await writeFile(join(folder, 'tls.crt'), files.certificate);
  await writeFile(join(folder, 'tls.key'), files.key);
  const configuration = `
    daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
    events { worker_connections 4096; }
    http {
      access_log ${folder}/access.log;
      client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
      uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; keepalive_requests 1000000;
      upstream plain { server 127.0.0.1:${plainPort}; keepalive 64; keepalive_requests 1000000; }
      server {
        listen 127.0.0.1:${port} ssl; ssl_certificate ${folder}/tls.crt; ssl_certificate_key ${folder}/tls.key;
        location / { proxy_pass http://plain; proxy_http_version 1.1; proxy_set_header Connection ""; }
      }
    }`;
  await writeFile(join(folder, 'nginx.conf'), configuration);
  const program = join(BENCH_CACHE, 'nginx/usr/sbin/nginx');
  const measured = await startMeasured(
    { program, args: ['-c', join(folder, 'nginx.conf')] },
    join(folder, 'nginx.out'),
  );
  return { measured, url: `https://127.0.0.1:${port}` };
}
