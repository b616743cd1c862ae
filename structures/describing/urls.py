app_name = "describing"
urlpatterns: list = []
