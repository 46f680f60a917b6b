/** How the pack names itself to portals, auth servers and whoever keeps a file. */
export const USER_AGENT = 'bitlane-node-red/0.1';
