// Loaded before Node-RED by the scenes: the portal is one on a server of its own, whose administrator set no limit worth
// speaking of. The limiter is there and counts; only its two figures are those of such a portal.
const { join } = require('node:path');

const rest = join(__dirname, '..', '..', 'dist/lib/bitrix24/rest');
const registry = require(join(rest, 'limiter-registry.js'));
const { createLimiter } = require(join(rest, 'limiter.js'));

const limiters = new Map();

registry.leaseLimiter = (origin, { clock, random }) => {
  const rules = () => ({ perSecond: 1_000_000, bucket: 1_000_000 });
  const limiter = limiters.get(origin) ?? createLimiter({ rules, clock, random });
  limiters.set(origin, limiter);
  return { limiter, release: () => undefined };
};
