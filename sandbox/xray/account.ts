/** The sandbox's account. No AWS account has this number. */
export const ACCOUNT_ID = '000000000000'
