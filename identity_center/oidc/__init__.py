"""Sign-in for the sites of departments: an OpenID Provider whose sign-ins are approved in the mini-program."""
