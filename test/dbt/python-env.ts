/** What a transform of a test needs of this process: where packages are to be had, and how to get there. */
export const OF_UV = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && /^(HOME$|uv_|pip_|ssl_cert_|(https?|no|all)_proxy$)/i.test(name) ? [[name, value]] : [],
  ),
);
