/** Whether the tests that repeat themselves do so hundreds of times: `ETCDMARK_LONG=1`. */
export const isLongRun = process.env['ETCDMARK_LONG'] === '1';
